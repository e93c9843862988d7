/// A table jump's group: the `jmp`'s address, the group's, and the table with its number of entries.
struct TableJump: Sendable {
  let jump, group: UInt64
  let table: Int64
  let count: Int64
}

/// Rule C4's demands on the tables themselves. Disjointness comes first: it bounds all entries together by the
/// size of read-only data.
enum JumpTables {
  /// Whether all tables lie in `data` and none overlaps another.
  static func areDisjoint(_ jumps: [TableJump], data: LoadedSegment, _ findings: inout FindingList) -> Bool {
    let before = findings.total
    var previousEnd: Int64 = 0
    for jump in jumps.sorted(by: { ($0.table, $0.group) < ($1.table, $1.group) }) {
      // A bound is below 2^32 and an address below 2^33: no overflow.
      let end = jump.table + 4 * jump.count
      if jump.table < Int64(data.address) || end > Int64(data.end) || jump.table % 4 != 0 {
        findings.add(.c4_tableJump, jump.group, "the jump table is not 4-aligned inside read-only data")
      } else if jump.table < previousEnd {
        findings.add(.c4_tableJump, jump.group, "the jump table overlaps another group's")
      }
      previousEnd = max(previousEnd, end)
    }
    return findings.total == before
  }
}

extension FunctionChecker {
  /// Notes every entry of one table as an edge.
  mutating func followTable(_ jump: TableJump) {
    for index in 0..<jump.count {
      guard let target = entry(index, of: jump.table), target % 32 == 0, jumpableOffset(target) != nil else {
        let what = "entry \(index) of the jump table is no bundle start of this function"
        return findings.add(.c4_tableJump, jump.group, what)
      }
      addEdge(from: jump.jump, to: target)
    }
  }

  /// Where entry `index` leads: entries are relative to the table.
  func entry(_ index: Int64, of table: Int64) -> Int64? {
    guard let offset = UInt64(exactly: table + 4 * index) else { return nil }
    return context.file.read(Int32.self, at: offset).map { table + Int64($0) }
  }
}
