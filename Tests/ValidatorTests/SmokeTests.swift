import NaClValidator
import Testing

@Suite struct SmokeTests {
  @Test func acceptsAMaskedLoad() throws {
    try expectAccepted(
      NexeBuilder(model: .mask(k: 16)).function(
        "f",
        """
        POLL p
        and eax, 0xffff
        mov ecx, dword ptr [r15 + rax]
        ret
        SLOW p
        """))
  }

  @Test func refusesAnUnmaskedLoad() throws {
    try expectRejected(
      NexeBuilder(model: .mask(k: 16)).function(
        "f",
        """
        and eax, 0x1ffff
        bad: mov ecx, dword ptr [r15 + rax]
        ret
        """), .m1_region)
  }
}
