import GraphIR
import TensorCore

/// Every operation there is. Parser, printer, reference pages and the laws read this list.
public enum OpCatalog {
  public static let operations: [any Operation] = {
    var list: [any Operation] = [Constant(HostTensor(.f32([]), repeating: 0)), Iota()]
    list += [Cast(), Clamp(), StopGradient()] as [any Operation]
    list += ScalarFunction.allCases.map { Elementwise($0) } as [any Operation]
    list += [Reduce(.sum), Reduce(.product), Reduce(.maximum), Reduce(.minimum)] as [any Operation]
    list += [Mean(), Moments()] as [any Operation]
    list += [ReduceWithIndex(.maximum), ReduceWithIndex(.minimum)] as [any Operation]
    list += [Contract(), Convolution(), AveragePool(), Patches()] as [any Operation]
    list += [Reshape(), Transpose(), Broadcast(), Slice(), Pad(), Concatenate()] as [any Operation]
    list += [Gather(), ScatterSum(), RandomUniform(), RandomNormal(), FoldKey()] as [any Operation]
    list += [Softmax(), LogSumExp(), Normalize(), LayerNorm(), Attention()] as [any Operation]
    return list
  }()

  /// The list by name, as the parser wants it.
  public static let table = OperationTable(operations)

  /// All samples of all types of operation, each once.
  public static let samples: [Sample] = types.flatMap { $0.samples }
  public static let refusals: [Refusal] = types.flatMap { $0.refusals }

  /// The types behind the list, in its order: a table of operations is one type.
  private static let types: [any Operation.Type] = {
    var seen: [ObjectIdentifier] = []
    return operations.compactMap { operation in
      let type = type(of: operation)
      guard !seen.contains(ObjectIdentifier(type)) else { return nil }
      seen.append(ObjectIdentifier(type))
      return type
    }
  }()
}
