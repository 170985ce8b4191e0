extension Statement {
  /// The statement with every place in another buffer or scratch array.
  public func mappingBases(_ map: (TileLocation.Base) -> TileLocation.Base) -> Statement {
    func at(_ location: TileLocation) -> TileLocation {
      TileLocation(map(location.base), location.offset)
    }
    func at(_ access: TileAccess) -> TileAccess {
      TileAccess(at(access.location), strides: access.strides)
    }
    switch self {
    case .loop(let number, let count, let body):
      let body = body.map { $0.mappingBases(map) }
      return .loop(number: number, count: count, body: body)
    case .guarded(let index, let limit, let body, let otherwise):
      return .guarded(
        index: index, limit: limit, body: body.map { $0.mappingBases(map) },
        otherwise: otherwise.map { $0.mappingBases(map) })
    case .compute(var compute):
      compute.target = at(compute.target)
      compute.index = compute.index.map { at($0) }
      compute.sources = compute.sources.map { at($0) }
      return .compute(compute)
    case .contract(var contract):
      contract.left = at(contract.left)
      contract.right = at(contract.right)
      contract.target = at(contract.target)
      if let epilogue = contract.epilogue {
        contract.epilogue!.sources = epilogue.sources.map { at($0) }
      }
      return .contract(contract)
    case .pack(var pack):
      pack.source = at(pack.source)
      pack.target = at(pack.target)
      return .pack(pack)
    case .gather(var gather):
      gather.indices = at(gather.indices)
      gather.source = at(gather.source)
      gather.target = at(gather.target)
      return .gather(gather)
    case .random(var random):
      random.key = at(random.key)
      random.number = random.number.map { at($0) }
      random.target = at(random.target)
      return .random(random)
    }
  }
}
