import Foundation
import Testing

@testable import Runtime

@Suite struct RegionPoolTests {
  @Test func neighboursAreAdjacentAndAccessible() throws {
    let pool = RegionPool()
    let layout = SlotLayout(stack: 65_536, context: 4096, memory: 65_536)
    let slots = try (0..<4).map { _ in try Slot(layout: layout, pool: pool) }
    for (left, right) in zip(slots, slots.dropFirst()) { #expect(left.base + layout.size == right.base) }
    #expect(slots[0].origin == slots[0].base + 12_288 + 65_536 + 4096)
    #expect(slots[0].stackTop == UInt64(UInt(bitPattern: slots[0].origin)) - 4096)
    #expect(slots[0].stackFloor == UInt64(UInt(bitPattern: slots[0].base)) + 12_288)
  }

  @Test func nothingNearASlotIsInaccessible() throws {
    let pool = RegionPool()
    let slots = try (0..<3).map { _ in
      try Slot(layout: SlotLayout(stack: 8192, context: 4096, memory: 65_536), pool: pool)
    }
    let maps = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8)
    for slot in slots {
      let start = UInt(bitPattern: slot.base)
      let covering = maps.split(separator: "\n").compactMap { line -> Substring? in
        let fields = line.split(separator: " ")
        let range = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        return range[0] < start + UInt(slot.layout.size) && start < range[1] ? fields[1] : nil
      }
      #expect(!covering.isEmpty)
      #expect(covering.allSatisfy { $0.hasPrefix("rw-") })
    }
  }

  @Test func releasedRegionsComeBackZeroAndNeighboursKeepTheirBytes() throws {
    let pool = RegionPool()
    let size = 3 * 4096
    var middle: Region? = nil
    let left = try pool.take(size)
    middle = try pool.take(size)
    let right = try pool.take(size)
    let address = try #require(middle).base
    left.base.initializeMemory(as: UInt8.self, repeating: 0xA5, count: size)
    right.base.initializeMemory(as: UInt8.self, repeating: 0x5A, count: size)
    address.initializeMemory(as: UInt8.self, repeating: 0xFF, count: size)
    middle = nil
    let again = try pool.take(size)
    #expect(again.base == address)
    let bytes = UnsafeRawBufferPointer(start: again.base, count: size)
    #expect(bytes.allSatisfy { $0 == 0 })
    #expect(UnsafeRawBufferPointer(start: left.base, count: size).allSatisfy { $0 == 0xA5 })
    #expect(UnsafeRawBufferPointer(start: right.base, count: size).allSatisfy { $0 == 0x5A })
  }

  @Test func refusesInWordsWhatTheKernelRefuses() {
    // Two halves of the address space are more than there is.
    let pool = RegionPool()
    #expect(throws: LinkError.self) {
      let half = try pool.take(1 << 46)
      let otherHalf = try pool.take(1 << 46)
      #expect(half.base == otherHalf.base)
    }
  }
}
