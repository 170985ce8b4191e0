/// The version of Smalti, as `smalti --version` and every compiled file say it.
public enum SmaltiVersion {
  public static let text = "0.1.0"
}
