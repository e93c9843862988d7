-- Strings, tables, closures, metatables, integer and float arithmetic.
local function primes(limit)
  local sieve, found = {}, {}
  for i = 2, limit do
    if not sieve[i] then
      found[#found + 1] = i
      for j = i * i, limit, i do sieve[j] = true end
    end
  end
  return found
end
local list = primes(20000)
print(#list, list[#list])

local counts = {}
for word in ("the quick brown fox jumps over the lazy dog the end"):gmatch("%a+") do
  counts[word] = (counts[word] or 0) + 1
end
local words = {}
for word in pairs(counts) do words[#words + 1] = word end
table.sort(words, function(a, b) return counts[a] > counts[b] or (counts[a] == counts[b] and a < b) end)
for _, word in ipairs(words) do io.write(word, "=", counts[word], " ") end
print()

local function squares() local i = 0; return function() i = i + 1; return i * i end end
local generator = squares()
print(generator(), generator(), generator())

local vector = setmetatable({}, { __index = function(_, key) return key * 2.5 end })
print(vector[3], 7 // 2, -7 // 2, 7 % -3, 2 ^ 53, 1 / 0, string.format("%.10g %x %q", math.pi, 48879, "a\nb"))

local hash = 5381
for i = 1, 300000 do hash = (hash * 33 ~ i) & 0xffffffff end
print(hash, math.type(hash), #string.rep("xyz", 1000))
