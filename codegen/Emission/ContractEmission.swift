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
/// A block of up to `register.rows` x `register.vectors` accumulators is computed for the whole depth
/// and stored once. Blocks of every height have the same instruction sequence for each sum, so that
/// bits depend neither on the height nor on where a tile ends.
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
    type = VectorType(
      lanes: contract.panelWidth / contract.register.parts / contract.register.vectors)
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
      parts(of: Panel(left: left, right: panel, target: place, column: column, columns: rest), rows)
      return []
    }
  }

  /// The register tiles that lie side by side in a panel. Rows of k are as far apart as the panel is
  /// wide, whatever the part.
  private func parts(of panel: Panel, _ rows: String) {
    if contract.register.parts == 1 { return blocks(rows, panel) }
    let width = contract.panelWidth / contract.register.parts
    writer.loop(below: String(contract.panelWidth), by: width) { within, _ in
      var part = panel
      part.right = emitter.advanced(panel.right, element, by: within)
      part.target = emitter.advanced(
        panel.target, emitter.element(contract.target.base), by: within)
      part.column = writer.value("add nsw i64 \(panel.column), \(within)")
      guard let columns = panel.columns else {
        blocks(rows, part)
        return []
      }
      let rest = writer.value("sub nsw i64 \(columns), \(within)")
      part.columns = rest
      writer.when(writer.value("icmp sgt i64 \(rest), 0")) { blocks(rows, part) }
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

  /// All rows of the tile. There are few lengths that a tile can have, and each has code of its own.
  private func blocks(_ rows: String, _ panel: Panel) {
    if let fixed = Int(rows) { return cover(fixed, panel) }
    guard let lengths = contract.rows.possibleLengths else { return coverAny(rows, panel) }
    for length in lengths {
      writer.when(writer.value("icmp eq i64 \(rows), \(length)")) { cover(length, panel) }
    }
  }

  /// As few blocks as registers allow, of heights that differ by one at most: a low block at the end
  /// would load the panel for few sums, and wait for each before it can add to it again.
  private func cover(_ count: Int, _ panel: Panel) {
    guard count > 0 else { return }
    let limit = contract.register.rows
    let blockCount = (count + limit - 1) / limit
    let (height, tallCount) = (count / blockCount, count % blockCount)
    equalBlocks(tallCount, height + 1, from: 0, panel)
    equalBlocks(blockCount - tallCount, height, from: tallCount * (height + 1), panel)
  }

  private func equalBlocks(_ count: Int, _ height: Int, from start: Int, _ panel: Panel) {
    if count == 0 { return }
    if count == 1 { return block(height, String(start), panel) }
    writer.loop(
      from: String(start), below: String(start + count * height), by: height
    ) { row, _ in
      block(height, row, panel)
      return []
    }
  }

  /// A number of rows that is known only when the code runs: high blocks, then one of the rest.
  private func coverAny(_ rows: String, _ panel: Panel) {
    let height = contract.register.rows
    let rest = writer.value("urem i64 \(rows), \(height)")
    let whole = writer.value("sub nsw i64 \(rows), \(rest)")
    writer.loop(below: whole, by: height) { row, _ in
      block(height, row, panel)
      return []
    }
    for count in 1..<max(height, 1) {
      writer.when(writer.value("icmp eq i64 \(rest), \(count)")) { block(count, whole, panel) }
    }
  }

  private func block(_ height: Int, _ row: String, _ panel: Panel) {
    let start = emitter.advanced(
      panel.left, element, by: writer.multiplyAdd(row, contract.leftRowStride, plus: "0"))
    var block = SumStore.Block(
      height: height, row: row, column: panel.column, target: panel.target, columns: panel.columns)
    let initial = store.start(block).map {
      IRWriter.Carried(type: type.register(element), value: $0)
    }
    store.prefetchNext(block)
    block.sums = depth(contract.depths[...], start, panel.right, initial, height)
    store.emit(block)
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
