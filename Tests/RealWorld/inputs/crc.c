/* GCC's cc1 compiles this for AVR at -O2: loops, structures, 32-bit and floating-point arithmetic, a switch. */
typedef unsigned char byte;
typedef unsigned long word;

struct message {
  byte kind;
  word length;
  const byte *bytes;
};

static word table[256];

static void fill(void) {
  for (unsigned i = 0; i < 256; i++) {
    word value = i;
    for (byte bit = 0; bit < 8; bit++) value = value & 1 ? value >> 1 ^ 0xedb88320UL : value >> 1;
    table[i] = value;
  }
}

word crc(const struct message *message) {
  word value = 0xffffffffUL;
  if (!table[1]) fill();
  for (word i = 0; i < message->length; i++) value = table[(value ^ message->bytes[i]) & 0xff] ^ value >> 8;
  switch (message->kind) {
    case 0: return value;
    case 1: return ~value;
    case 2: return value * 2654435761UL;
    case 7: return (word)((float)value * 0.5f);
    default: return value % 1009;
  }
}
