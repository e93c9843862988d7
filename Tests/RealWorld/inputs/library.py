"""CPython's own library at work: json, hashlib, re, zlib, struct, csv, decimal, and a file of 10 MB."""
import base64, bz2, collections, csv, decimal, hashlib, io, json, random, re, struct, sys, zlib

random.seed(6)
records = [{"id": i, "name": "n%d" % random.randrange(10**6), "x": random.random(), "tags": ["a", "ü", None, True]} for i in range(3000)]
text = json.dumps(records, ensure_ascii=False, indent=1)
assert json.loads(text) == records
print("json", len(text), hashlib.sha256(text.encode()).hexdigest())

for name in ("md5", "sha1", "sha512", "sha3_256", "blake2b"):
    print(name, hashlib.new(name, text.encode()).hexdigest()[:32])

words = re.findall(r"[a-z]+\d{3,}", text)
print("re", len(words), collections.Counter(len(w) for w in words).most_common(2), re.sub(r"(\d)(\d)", r"\2\1", text[:200])[:40])

packed = zlib.compress(text.encode(), 9)
assert zlib.decompress(packed).decode() == text
print("zlib", len(packed), zlib.crc32(packed), zlib.adler32(packed))
try:
    zlib.decompress(packed[:-10])
except zlib.error as error:
    print("zlib error", error)

block = bytes(random.randrange(256) for _ in range(65536))
digest = hashlib.sha256()
with open("/ten.bin", "wb") as out:
    for i in range(160):
        piece = block[i:] + block[:i]
        out.write(piece)
        digest.update(piece)
with open("/ten.bin", "rb") as stream:
    again = hashlib.sha256()
    while piece := stream.read(100_000):
        again.update(piece)
    stream.seek(-4, io.SEEK_END)
    tail = stream.read()
print("file", digest.hexdigest() == again.hexdigest(), again.hexdigest()[:16], tail.hex())
with open("/ten.bin", "r+b") as stream:
    stream.seek(5_000_000)
    stream.write(b"in the middle")
    stream.truncate(6_000_000)
print("truncated", hashlib.sha1(open("/ten.bin", "rb").read()).hexdigest())

table = io.StringIO()
csv.writer(table).writerows([[r["id"], r["name"], "%.3f" % r["x"]] for r in records[:5]])
print(table.getvalue().replace("\r\n", "|"))
decimal.getcontext().prec = 50
print(decimal.Decimal(2).sqrt(), struct.pack("<dQ", 1.5, 7).hex(), base64.b85encode(block[:12]).decode())
print("to standard error", file=sys.stderr)
sys.exit(7)
