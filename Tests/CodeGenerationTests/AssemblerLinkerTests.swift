import Testing
import X86

import struct IR.FunctionIndex

@testable import CodeGeneration

@Suite struct AssemblerLinkerTests {
  private let textAddress: UInt32 = 4096

  private func read32(_ bytes: [UInt8], _ offset: Int) -> Int {
    Int(Int32(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) }))
  }

  @Test func referencesAreSymbols() {
    let references: [Reference] = [
      .function(FunctionIndex(0)), .function(FunctionIndex(1 << 28 - 1)), .foreignStub, .entryArea, .constant(7),
      .jumpTable(9),
    ]
    for reference in references { #expect(Reference(reference.symbol) == reference) }
  }

  /// Forward and backward calls between fragments of odd lengths.
  @Test func callsBetweenFragments() throws {
    var linker = TextLinker()
    let count = 5
    for index in 0..<count {
      var assembler = BundleAssembler(isa: .v3)
      for _ in 0..<index * 17 { assembler.emit(Instruction(.ret)) }
      let callee = FunctionIndex(UInt32(count - 1 - index))
      assembler.emit(Instruction(.call, .w64, .symbol(Reference.function(callee).symbol)))
      assembler.mark(
        CodeSite(address: 0, sourceOffset: 0, function: FunctionIndex(UInt32(index)), kind: .call, hasFrame: false))
      #expect(linker.add(assembler.finish(), as: .function(FunctionIndex(UInt32(index)))) == index)
    }
    let output = try linker.link(textAddress: textAddress)
    #expect(output.text.count % 32 == 0)
    #expect(output.starts.allSatisfy { $0 % 32 == 0 })
    #expect(output.sites.map(\.address) == output.sites.map(\.address).sorted())
    for (index, site) in output.sites.enumerated() {
      let end = Int(site.address)
      #expect(output.text[end - 5] == 0xE8)
      #expect(end + read32(output.text, end - 4) == Int(output.starts[count - 1 - index]))
    }
  }

  @Test func constantsAreSharedAndAligned() throws {
    var linker = TextLinker()
    for index in 0..<2 {
      var assembler = BundleAssembler(isa: .v3)
      let constants: [ConstantPool.Constant] = [
        .init(UInt32(5)), .init(low: 1, high: 2), .init(UInt64(7)), .init(UInt32(5)),
      ]
      for constant in index == 0 ? constants : constants.reversed() {
        let target = assembler.constant(constant)
        assembler.emit(Instruction(.movups, .w64, .register(.xmm(1)), .address(.relative(to: target))))
      }
      linker.add(assembler.finish(), as: .function(FunctionIndex(UInt32(index))))
    }
    let output = try linker.link(textAddress: textAddress)
    #expect(output.readOnlyData == [1] + zeros(7) + [2] + zeros(7) + [7] + zeros(7) + [5] + zeros(3))
    #expect(output.readOnlyDataAddress % 4096 == 0)
    // vmovups xmm1, [rip + d32] is eight bytes: four of them fill a bundle.
    for (start, offsets) in zip(output.starts, [[24, 0, 16, 24], [24, 16, 0, 24]]) {
      for (position, offset) in offsets.enumerated() {
        let end = Int(start) + 8 * (position + 1)
        let address = Int(textAddress) + end + read32(output.text, end - 4)
        #expect(address == Int(output.readOnlyDataAddress) + offset)
      }
    }
  }

  private func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }

  @Test func jumpTablesLeadToBundles() throws {
    var linker = TextLinker()
    var starts: [[UInt32]] = []
    for index in 0..<2 {
      var assembler = BundleAssembler(isa: .v3)
      let labels = (0..<3).map { _ in assembler.makeLabel() }
      let table = assembler.jumpTable([labels[2], labels[0], labels[1], labels[0]])
      assembler.emit(Instruction(.lea, .w64, .register(.rax), .address(.relative(to: table))))
      for label in labels {
        assembler.bind(label)
        assembler.emit(Instruction(.ret))
      }
      let fragment = assembler.finish()
      starts.append([2, 0, 1, 0].map { fragment.labelOffsets[$0] })
      linker.add(fragment, as: .function(FunctionIndex(UInt32(index))))
    }
    let output = try linker.link(textAddress: textAddress)
    for (index, targets) in starts.enumerated() {
      let start = Int(output.starts[index])
      let table = Int(textAddress) + start + 7 + read32(output.text, start + 3)
      for (entry, target) in targets.enumerated() {
        let offset = table - Int(output.readOnlyDataAddress) + 4 * entry
        let address = table + read32(output.readOnlyData, offset)
        #expect(address == Int(textAddress) + start + Int(target))
        #expect(address % 32 == 0)
      }
    }
  }

  @Test func relocationAgainstEntryAreaAndStub() throws {
    var linker = TextLinker()
    var assembler = BundleAssembler(isa: .v3)
    assembler.emit(
      Instruction(.lea, .w64, .register(.rbx), .address(.relative(to: .symbol(Reference.entryArea.symbol)))))
    assembler.emit(Instruction(.jmp, .w64, .symbol(Reference.foreignStub.symbol)))
    linker.add(assembler.finish(), as: .function(FunctionIndex(0)))
    for name in [TextLinker.Name.entryArea, .foreignStub] {
      var assembler = BundleAssembler(isa: .v3)
      assembler.emit(Instruction(.ret))
      linker.add(assembler.finish(), as: name)
    }
    let output = try linker.link(textAddress: textAddress)
    #expect(7 + read32(output.text, 3) == 32)
    #expect(12 + read32(output.text, 8) == 64)
  }
}
