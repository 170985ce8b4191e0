import SmaltiRuntime
import TileIR

extension TargetLevel {
  /// The best level that this machine has the features for.
  public static let host: TargetLevel = {
    let current = MachineFeatures.current
    let possible = all.filter { level in
      MachineFeatures(level: level.name).map(current.isSuperset(of:)) ?? false
    }
    return possible.last ?? .x86v3
  }()
}
