import GraphIR
import GraphRegions
import TensorCore
import TileIR

/// An entry point as steps over buffers, before memory is planned.
struct LoweredEntry {
  struct Buffer {
    enum Kind: Hashable {
      /// Argument number n of the entry point.
      case argument(Int)
      /// The parameter of this path.
      case parameter(String)
      /// The state of this path, or a parameter that an entry point of the program replaces.
      case state(String)
      case constant(HostTensor)
      case temporary
      /// Result number n; behind them what parameters and states become.
      case result(Int)
    }
    var kind: Kind
    var element: ElementType
    var count: Int
    var name: String

    var byteCount: Int { count * element.byteCount }
  }

  struct Binding: Hashable {
    var buffer: Int
    /// Where the kernel's parameter starts, in elements.
    var offset: Int
    var access: TileProgram.Buffer.Access
    /// Whether what is read back was written by the same task, and not by an earlier step.
    var readsOwn = false
  }

  struct Step {
    /// What people see: the operation and its scope.
    var name: String
    var program: TileProgram
    /// One for each buffer of the program.
    var bindings: [Binding]
    /// 2 x multiply-adds of products.
    var flops: Int
    /// The region that it belongs to; nil for a copy of weights.
    var region: Int?
    /// A product that a library computes instead of a kernel; the program then has no body.
    var libraryProduct: LibraryProduct?
    /// For a product that adds up super-tile by super-tile.
    var superTile: SuperTile?
  }

  var buffers: [Buffer] = []
  var steps: [Step] = []
}

extension TargetLevel {
  /// Lanes of one vector of 32-bit elements.
  var lanes: Int { vectorByteCount / 4 }
}
