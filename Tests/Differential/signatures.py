"""The signatures of a module's exported functions, read from its bytes: wasmtime's C API ends the process when asked for a type with
v128 in it."""

KINDS = {0x7F: "i32", 0x7E: "i64", 0x7D: "f32", 0x7C: "f64", 0x7B: "v128", 0x70: "funcref", 0x6F: "externref"}
REC, SUB, SUB_FINAL, FUNC = 0x4E, 0x50, 0x4F, 0x60


class Reader:
    def __init__(self, data, offset=0):
        self.data, self.offset = data, offset

    def byte(self):
        self.offset += 1
        return self.data[self.offset - 1]

    def u32(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def name(self):
        length = self.u32()
        self.offset += length
        return self.data[self.offset - length : self.offset].decode()

    def kind(self):
        """A value type; what is not in KINDS, as its byte."""
        byte = self.byte()
        if byte in (0x63, 0x64):  # A reference to a heap type follows: an s33.
            self.u32()
        return KINDS.get(byte, hex(byte))

    def kinds(self):
        return [self.kind() for _ in range(self.u32())]

    def defined_types(self):
        """A recursion group, or one type: their (parameters, results)."""
        form = self.byte()
        if form == REC:
            return [type_ for _ in range(self.u32()) for type_ in self.defined_types()]
        if form in (SUB, SUB_FINAL):
            for _ in range(self.u32()):
                self.u32()
            form = self.byte()
        if form != FUNC:
            raise ValueError("a type that is no function type")
        return [(self.kinds(), self.kinds())]

    def limits(self):
        flags = self.byte()
        self.u32()
        if flags & 1:
            self.u32()


def exported_functions(data):
    """Name -> (parameter kinds, result kinds). Requires a valid module whose types are function types."""
    types, functions, exports = [], [], {}
    reader = Reader(data, 8)
    while reader.offset < len(data):
        section, end = reader.byte(), reader.u32()
        end += reader.offset
        if section == 1:
            for _ in range(reader.u32()):
                types += reader.defined_types()
        elif section == 2:
            for _ in range(reader.u32()):
                reader.name(), reader.name()
                external = reader.byte()
                if external == 0:
                    functions.append(types[reader.u32()])
                elif external == 1:
                    reader.kind(), reader.limits()
                elif external == 2:
                    reader.limits()
                elif external == 3:
                    reader.kind(), reader.byte()
                else:
                    reader.byte(), reader.u32()
        elif section == 3:
            functions += [types[reader.u32()] for _ in range(reader.u32())]
        elif section == 7:
            for _ in range(reader.u32()):
                name, external, index = reader.name(), reader.byte(), reader.u32()
                if external == 0:
                    exports[name] = functions[index]
        reader.offset = end
    return exports
