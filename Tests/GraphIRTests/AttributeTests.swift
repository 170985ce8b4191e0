import GraphIR
import TensorCore
import Testing

@Suite("attributes")
struct AttributeTests {
  private let changed = Everything(
    axis: 3, axes: [], scale: -0.25, exact: true, label: "a \"b\"", element: .u64)

  @Test("what is read can be set, in every kind")
  func setsWhatIsRead() throws {
    let values = changed.attributeValues
    #expect(values.map(\.name) == ["axis", "axes", "scale", "exact", "label", "element"])
    #expect(
      values.map(\.value) == [
        .integer(3), .integers([]), .real(-0.25), .bool(true), .text("a \"b\""), .element(.u64),
      ])
    let copy = try Everything().setting(attributes: values)
    #expect(copy.isSame(as: changed) && !copy.isSame(as: Everything()))
  }

  @Test("attributes that are not named keep their values")
  func keepsOthers() throws {
    let copy = try changed.setting(attributes: [("axis", .integer(1))])
    #expect((copy as? Everything)?.axis == 1)
    #expect((copy as? Everything)?.label == "a \"b\"")
    #expect(changed.setting(\.axis, to: 7).axis == 7)
  }

  @Test("a whole number is a real number too, not the other way round")
  func acceptsWholeReals() throws {
    let copy = try Everything().setting(attributes: [("scale", .integer(2))])
    #expect((copy as? Everything)?.scale == 2)
    #expect(
      refusal { _ = try Everything().setting(attributes: [("axis", .real(2))]) }?.code
        == "attribute.kind")
  }

  @Test("a value of another kind is refused, by every kind")
  func refusesOtherKinds() {
    let values = changed.attributeValues.map(\.value)
    for (index, name) in Everything.attributes.map(\.name).enumerated() {
      for (other, value) in values.enumerated() where other != index {
        if name == "scale", other == 0 { continue }
        let fact = refusal { _ = try changed.setting(attributes: [(name, value)]) }
        #expect(fact?.code == "attribute.kind", "\(name) = \(value)")
      }
    }
  }

  @Test("an unknown name is refused, with the known ones")
  func refusesUnknown() {
    let unknown: [(name: String, value: AttributeValue)] = [("axle", .integer(1))]
    let fact = refusal { _ = try Everything().setting(attributes: unknown) }
    #expect(fact?.code == "attribute.unknown")
    #expect(fact?.help == "it has axis, axes, scale, exact, label, element")
    #expect(refusal { _ = try Sum().setting(attributes: unknown) }?.help == "it takes none")
  }

  @Test("operations are the same by name, attributes and bits")
  func comparesOperations() {
    #expect(Sum().isSame(as: Sum()))
    #expect(!Sum().isSame(as: Third()))
    #expect(!Everything(scale: 0).isSame(as: Everything(scale: -0.0)))
    #expect(Everything(scale: .nan).isSame(as: Everything(scale: .nan)))
    func constant(_ value: Double, _ type: TensorType = .f64([])) -> Constant {
      Constant(HostTensor(type, converting: [value]))
    }
    #expect(constant(2).isSame(as: constant(2)))
    #expect(!constant(0).isSame(as: constant(-0.0)))
    #expect(constant(.nan).isSame(as: constant(-.nan)))
    #expect(!constant(2).isSame(as: constant(2, .f32([]))))
    #expect(!constant(2).isSame(as: constant(3)))
    #expect(constant(2, .i32([])).isSame(as: constant(2, .i32([]))))
    #expect(!constant(2).isSame(as: Sum()))
  }

  @Test("a constant is rounded to its type and knows its one number")
  func splats() {
    #expect(Constant(.f32([2], [0.1, 0.1])).splat == Double(Float(0.1)))
    #expect(Constant(HostTensor(.f16([]), reals: [0.1])).value.reals == [Double(Float16(0.1))])
    #expect(Constant(.f32([2], [0, -0.0])).splat == nil)
    #expect(Constant(.f32([0], [])).splat == nil)
    #expect(Constant(.f32([2], [.nan, .nan])).splat?.isNaN == true)
    #expect(Constant(.i64([2], [7, 7])).splat == 7)
    #expect(Constant(.i64([2], [1 << 53, 1 << 53 + 1])).splat == nil)
    #expect(Constant(.i64([2], [1 << 53 + 1, 1 << 53 + 1])).splat == nil)
    #expect(Constant(.u64([1], [.max])).splat == nil)
  }
}
