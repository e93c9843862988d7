-- What scripts do: tables, closures, strings, method calls, integer and float arithmetic. The argument is the number of rounds.
local rounds = tonumber(arg[1])

local function tree(depth)
  if depth == 0 then return { value = 1 } end
  return { left = tree(depth - 1), right = tree(depth - 1), value = depth }
end
local function total(node)
  if not node then return 0 end
  return node.value + total(node.left) + total(node.right)
end

local Account = {}
Account.__index = Account
function Account.new(balance) return setmetatable({ balance = balance }, Account) end
function Account:deposit(amount) self.balance = self.balance + amount return self end

local function sieve(limit)
  local composite, count = {}, 0
  for i = 2, limit do
    if not composite[i] then
      count = count + 1
      for j = i * i, limit, i do composite[j] = true end
    end
  end
  return count
end

local function words(text)
  local counts = {}
  for word in text:gmatch("%a+") do counts[word] = (counts[word] or 0) + 1 end
  local list = {}
  for word, count in pairs(counts) do list[#list + 1] = word .. count end
  table.sort(list)
  return table.concat(list, ",")
end

local hash = 0
local function note(value) hash = (hash * 31 + value) & 0xffffffff end
for round = 1, rounds do
  note(total(tree(12)))
  note(sieve(20000))
  local account = Account.new(0)
  for i = 1, 100000 do account:deposit(i & 7) end
  note(account.balance)
  local text = words(("the quick brown fox jumps over the lazy dog "):rep(200) .. ("x"):rep(round % 5))
  for i = 1, #text, 7 do note(text:byte(i)) end
  local x = 0.5
  for i = 1, 200000 do x = 3.7 * x * (1 - x) end
  note(math.floor(x * 1e6))
end
print(hash)
