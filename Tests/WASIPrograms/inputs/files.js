// QuickJS's std and os: files, directories, times.

const out = std.open("/from-js.txt", "w");
for (let i = 0; i < 1000; i++) out.puts(`line ${i} ü €\n`);
out.close();
const back = std.open("/from-js.txt", "r");
let count = 0, length = 0;
for (let line; (line = back.getline()) !== null; ) { count++; length += line.length; }
back.seek(20, std.SEEK_SET);
print(count, length, back.tell(), back.getline(), back.eof());
back.close();
print(std.loadFile("/from-js.txt").length, std.loadFile("/absent"));
const bytes = new Uint8Array(70000).map((_, i) => i * i >> 3);
const binary = std.open("/bytes.bin", "wb");
print(binary.write(bytes.buffer, 0, bytes.length));
binary.close();
print(os.mkdir("/made"), os.mkdir("/made") < 0, os.rename("/bytes.bin", "/made/moved.bin"));
print(JSON.stringify(os.readdir("/").map(x => Array.isArray(x) ? x.sort() : x)));
const [info, error] = os.stat("/made/moved.bin");
print(info.size, error, os.stat("/absent")[1]);
print(os.remove("/absent") < 0, os.readdir("/made")[0].sort().join());
print(scriptArgs.slice(1).join());
std.err.puts("to standard error\n");
std.exit(3);
