// Closures, regular expressions, typed arrays, BigInt, JSON, generators, exceptions.
const fibonacci = (n) => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2));
console.log(fibonacci(22));
const text = "alpha=1; beta=22; gamma=333";
console.log(JSON.stringify([...text.matchAll(/(\w+)=(\d+)/g)].map((m) => [m[1], Number(m[2])])));
const numbers = Float64Array.from({ length: 1000 }, (_, i) => Math.sin(i));
console.log(numbers.reduce((a, b) => a + b, 0).toFixed(9));
console.log((2n ** 127n - 1n).toString());
function* squares() { for (let i = 0; ; i++) yield i * i; }
const taken = [];
for (const s of squares()) { if (s > 200) break; taken.push(s); }
console.log(taken.join(","));
try { null.x; } catch (error) { console.log(error instanceof TypeError); }
const map = new Map();
for (let i = 0; i < 50000; i++) map.set("k" + (i % 997), i);
console.log(map.size, map.get("k500"));
