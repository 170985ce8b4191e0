struct NoCache {
  struct Hit { var object: [UInt8] }
  func lookup(_ k: String) -> Hit? { nil }
  func store(_ k: String, _ o: [UInt8]) {}
}
