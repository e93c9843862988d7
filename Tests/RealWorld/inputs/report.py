"""What a script uses of CPython: its own parser, big integers, json, hashlib, re, sorting, generators, files, an uncaught error."""
import collections, hashlib, json, math, re, struct, sys, zlib

print(sys.version.split()[0], sys.implementation.name)
print(hashlib.sha256(b"x").hexdigest()[:16], zlib.crc32(b"hello"), math.factorial(30))
words = collections.Counter(re.findall(r"[a-z]+", __doc__.lower()))
print(json.dumps(sorted(words.items(), key=lambda item: (-item[1], item[0]))[:5]))


def primes():
    found, number = [], 2
    while True:
        if all(number % prime for prime in found):
            found.append(number)
            yield number
        number += 1


generator = primes()
print([next(generator) for _ in range(25)], sum(x * x for x in range(1000)), pow(3, 1000, 10**9 + 7))
with open("/written.txt", "w") as file:
    for index in range(200):
        file.write(f"{index:4d} {math.sqrt(index):.6f} {struct.pack('<d', index / 7).hex()}\n")
print(len(open("/written.txt").read()))
raise SystemExit(3)
