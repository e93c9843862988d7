/// Rule C4's demands on the tables themselves. Disjointness comes first: it bounds all entries together by the
/// size of read-only data.
enum JumpTables {
  static func check(
    _ map: inout TextMap, _ file: FileBytes, text: LoadedSegment, data: LoadedSegment, _ findings: inout FindingList
  ) -> Bool {
    var isLegal = true
    func reject(_ jump: TextMap.TableJump, _ message: String) {
      isLegal = false
      findings.add(.c4_tableJump, jump.group, message)
    }
    var previousEnd: Int64 = 0
    let ordered = map.tableJumps.sorted { ($0.table, $0.group) < ($1.table, $1.group) }
    for jump in ordered {
      // A bound is below 2^32 and an address below 2^33: no overflow.
      let end = jump.table + 4 * jump.count
      if jump.table < Int64(data.address) || end > Int64(data.end) || jump.table % 4 != 0 {
        reject(jump, "the jump table is not 4-aligned inside read-only data")
      } else if jump.table < previousEnd {
        reject(jump, "the jump table overlaps another group's")
      }
      previousEnd = max(previousEnd, end)
    }
    guard isLegal else { return false }
    for jump in ordered {
      let function = map.functions[jump.function]
      let range = Int64(text.address) + Int64(function.start)..<Int64(text.address) + Int64(function.end)
      for index in 0..<jump.count {
        let target = entry(index, of: jump, file)
        guard let target, range.contains(target), target % 32 == 0, map.isJumpable(UInt64(target)) else {
          reject(jump, "entry \(index) of the jump table is no bundle start of this function")
          break
        }
        map.addEdge(from: jump.jump, to: target)
      }
    }
    map.statistics.jumpTables = ordered.count
    map.statistics.jumpTableEntries = ordered.reduce(0) { $0 + Int($1.count) }
    return isLegal
  }

  /// Where entry `index` leads: entries are relative to the table.
  static func entry(_ index: Int64, of jump: TextMap.TableJump, _ file: FileBytes) -> Int64? {
    guard let offset = UInt64(exactly: jump.table + 4 * index), let distance = file.read(Int32.self, at: offset) else {
      return nil
    }
    return jump.table + Int64(distance)
  }
}
