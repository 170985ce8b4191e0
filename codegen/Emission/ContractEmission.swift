import TensorCore
import TileIR

extension KernelEmitter {
  /// A product of tiles: panels outside, blocks of rows inside, k innermost with all sums in
  /// registers.
  func emit(_ contract: TileContract) {
    ContractEmission(self, contract).emit()
  }
}

/// The loops of one product.
///
/// A block of `register.rows` x `register.vectors` accumulators is computed for the whole depth and
/// stored once. Rows left over form smaller blocks of the same instruction sequence, so that bits do
/// not depend on where a tile ends.
struct ContractEmission {
  private let emitter: KernelEmitter
  private let contract: TileContract
  private let element: ElementType
  private let type: VectorType
  private let store: SumStore
  private var writer: IRWriter { emitter.writer }

  init(_ emitter: KernelEmitter, _ contract: TileContract) {
    self.emitter = emitter
    self.contract = contract
    element = emitter.element(contract.left.base)
    type = VectorType(lanes: contract.panelWidth / contract.register.vectors)
    store = SumStore(emitter, contract, type)
  }

  func emit() {
    let columns = emitter.extent(contract.columns)
    let rows = emitter.extent(contract.rows)
    let left = emitter.address(contract.left)
    let right = emitter.address(contract.right)
    let target = emitter.address(contract.target)
    let width = contract.panelWidth
    writer.loop(below: columns, by: width) { column, _ in
      let panel = emitter.advanced(
        right, element, by: writer.multiplyAdd(column, contract.depth, plus: "0"))
      let place = emitter.advanced(target, emitter.element(contract.target.base), by: column)
      let rest = hasWholePanels ? nil : writer.value("sub nsw i64 \(columns), \(column)")
      blocks(rows, Panel(left: left, right: panel, target: place, column: column, columns: rest))
      return []
    }
  }

  /// Places of one panel.
  private struct Panel {
    var left: String
    var right: String
    var target: String
    var column: String
    /// Columns that are left; nil if there is a whole panel of them.
    var columns: String?
  }

  /// In most products every panel is whole, and needs no mask.
  private var hasWholePanels: Bool {
    let extent = contract.columns
    let numbers =
      extent.fixed.map { [$0] }
      ?? [extent.size, extent.total, extent.start.constant] + extent.start.terms.map(\.factor)
    return numbers.allSatisfy { $0.isMultiple(of: contract.panelWidth) }
  }

  /// Whole blocks of rows, then the rows that are left.
  private func blocks(_ rows: String, _ panel: Panel) {
    let height = contract.register.rows
    let whole: String
    if let fixed = Int(rows) {
      whole = String(fixed / height * height)
    } else {
      let rest = writer.value("urem i64 \(rows), \(height)")
      whole = writer.value("sub nsw i64 \(rows), \(rest)")
    }
    if whole != "0" {
      writer.loop(below: whole, by: height) { row, _ in
        block(height, row, panel)
        return []
      }
    }
    for count in remainders {
      if let fixed = Int(rows) {
        if fixed % height == count { block(count, whole, panel) }
        continue
      }
      let rest = writer.value("sub nsw i64 \(rows), \(whole)")
      writer.when(writer.value("icmp eq i64 \(rest), \(count)")) {
        block(count, whole, panel)
      }
    }
  }

  /// The numbers of rows that can be left over, in whole tiles and in the last one.
  private var remainders: [Int] {
    let height = contract.register.rows
    let extent = contract.rows
    if let fixed = extent.fixed { return [fixed % height].filter { $0 > 0 } }
    let last = extent.total % extent.size
    return Array(Set([extent.size % height, last % height])).filter { $0 > 0 }.sorted()
  }

  private func block(_ height: Int, _ row: String, _ panel: Panel) {
    let start = emitter.advanced(
      panel.left, element, by: writer.multiplyAdd(row, contract.leftRowStride, plus: "0"))
    let zero = emitter.literal(0, element, type)
    let count = height * contract.register.vectors
    let initial = (0..<count).map { _ in
      IRWriter.Carried(type: type.register(element), value: zero)
    }
    let sums = depth(contract.depths[...], start, panel.right, initial, height)
    store.emit(
      SumStore.Block(
        sums: sums, height: height, row: row, column: panel.column, target: panel.target,
        columns: panel.columns))
  }

  /// The loops over k. The right operand is read in order, whatever the runs of the left one.
  private func depth(
    _ depths: ArraySlice<TileContract.Depth>, _ left: String, _ right: String,
    _ sums: [IRWriter.Carried], _ height: Int
  ) -> [String] {
    guard let run = depths.first else { return step(left, right, sums.map(\.value), height) }
    let inner = depths.dropFirst().reduce(1) { $0 * $1.count }
    return writer.loop(below: String(run.count), carrying: sums) { k, carried in
      let left = emitter.advanced(
        left, element, by: writer.multiplyAdd(k, run.stride, plus: "0"))
      let right = emitter.advanced(
        right, element, by: writer.multiplyAdd(k, inner * contract.panelWidth, plus: "0"))
      let sums = zip(sums, carried).map { IRWriter.Carried(type: $0.type, value: $1) }
      return depth(depths.dropFirst(), left, right, sums, height)
    }
  }

  /// One k: a vector of columns times a broadcast element of each row.
  private func step(
    _ left: String, _ right: String, _ sums: [String], _ height: Int
  ) -> [String] {
    let register = type.register(element)
    let vectors = contract.register.vectors
    let columns = (0..<vectors).map { vector in
      emitter.load(
        element, emitter.advanced(right, element, by: String(vector * type.lanes)), stride: 1,
        .all, type)
    }
    let name = "@llvm.fma.\(type.suffix(element))"
    var next: [String] = []
    for row in 0..<height {
      let pointer = emitter.advanced(left, element, by: String(row * contract.leftRowStride))
      let scale = emitter.load(element, pointer, stride: 0, .all, type)
      for vector in 0..<vectors {
        let sum = sums[row * vectors + vector]
        next.append(
          writer.value(
            "call \(register) \(name)(\(register) \(scale), \(register) \(columns[vector]), "
              + "\(register) \(sum))"))
      }
    }
    return next
  }
}
