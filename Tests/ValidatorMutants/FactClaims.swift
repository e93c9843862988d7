// What the copy of the validator claims of one row's opcodes, with that row changed: `fact-claims OLD NEW`, an empty NEW for none. Records go
// to standard output as Tests/DecoderDifferential/record.h has them.
import Foundation
import NaClValidator

/// Candidates around a row: its opcodes under all prefixes, some REX or VEX fields, and every ModRM with one tail.
struct Neighbourhood {
  let isVEX: Bool
  let map: UInt8
  let opcodes: Range<Int>

  /// Columns as in `TemplateTable`.
  init(_ row: String) {
    let columns = row.split(separator: " ")
    isVEX = columns[0].hasPrefix("v.")
    map = ["0": 0, "0f": 1, "38": 2, "3a": 3][columns[1]] ?? 0
    let first = Int(columns[2].prefix(2), radix: 16) ?? 0
    opcodes = first..<first + (columns[2].contains("+cc") ? 16 : columns[2].contains("+r") ? 8 : 1)
  }

  private var heads: [[UInt8]] {
    if isVEX {
      return [0xE0, 0x60, 0xC0, 0x40].flatMap { extensions in
        [0, 0x80].flatMap { w in
          [0x78, 0x50].flatMap { vvvv in (0..<4).map { [0xC4, extensions | map, w | vvvv | $0] } }
        }
      }
    }
    let escape: [UInt8] = [[], [0x0F], [0x0F, 0x38], [0x0F, 0x3A]][Int(map)]
    return [[], [0x66], [0xF3], [0xF2]].flatMap { prefix in
      [[], [0x40], [0x41], [0x44], [0x45], [0x48], [0x49], [0x4D]].map { prefix + $0 + escape }
    }
  }

  func forEach(_ visit: (Candidate) -> Void) {
    for pair in [[], [0x65, 0x67]] as [[UInt8]] {
      for head in heads {
        for opcode in opcodes {
          for modRM in UInt8(0)...255 {
            var candidate = Candidate()
            // [rbx+rcx*1] where there is a SIB; a displacement of 16 with an immediate of 1 behind it, or the other way round.
            for byte in pair + head + [UInt8(opcode), modRM] { candidate.append(byte) }
            if modRM < 0xC0 && modRM & 7 == 4 { candidate.append(0x0B) }
            for byte in [0x10, 0, 0, 0, 0x10, 0, 0, 0] as [UInt8] { candidate.append(byte) }
            visit(candidate)
          }
        }
      }
    }
  }
}

let (old, new) = (CommandLine.arguments[1], CommandLine.arguments[2])
if old != new { activeRow = (old, new) }
var claims = Claims(to: FileHandle.standardOutput)
Neighbourhood(old).forEach { _ = claims.add($0) }
claims.flush()
