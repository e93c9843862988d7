//! Zig without a C library: a tagged union, an arena of its own on memory.grow's pages, comptime tables, checked arithmetic, errors.
const std = @import("std");

const Buffer = extern struct { start: [*]const u8, count: usize };
extern "wasi_snapshot_preview1" fn fd_write(file: i32, buffers: [*]const Buffer, count: usize, written: *usize) u16;

fn write(text: []const u8) void {
    var written: usize = 0;
    _ = fd_write(1, &[_]Buffer{.{ .start = text.ptr, .count = text.len }}, 1, &written);
}

fn print(comptime format: []const u8, arguments: anytype) void {
    var line: [256]u8 = undefined;
    write(std.fmt.bufPrint(&line, format, arguments) catch "line too long\n");
}

const Token = union(enum) { number: i64, operator: u8, open, close };
const Failure = error{ Syntax, DivisionByZero, Overflow };

/// Values of the digits, made while compiling.
const digits = blk: {
    var table: [256]i8 = @splat(-1);
    for ("0123456789", 0..) |digit, value| table[digit] = value;
    break :blk table;
};

const Parser = struct {
    text: []const u8,
    position: usize = 0,

    fn next(self: *Parser) Failure!?Token {
        while (self.position < self.text.len and self.text[self.position] == ' ') self.position += 1;
        if (self.position == self.text.len) return null;
        const character = self.text[self.position];
        if (digits[character] >= 0) {
            var value: i64 = 0;
            while (self.position < self.text.len and digits[self.text[self.position]] >= 0) : (self.position += 1) {
                value = std.math.mul(i64, value, 10) catch return error.Overflow;
                value = std.math.add(i64, value, digits[self.text[self.position]]) catch return error.Overflow;
            }
            return Token{ .number = value };
        }
        self.position += 1;
        return switch (character) {
            '+', '-', '*', '/' => Token{ .operator = character },
            '(' => .open,
            ')' => .close,
            else => error.Syntax,
        };
    }

    fn peek(self: *Parser) Failure!?Token {
        const position = self.position;
        defer self.position = position;
        return self.next();
    }

    fn factor(self: *Parser) Failure!i64 {
        switch (try self.next() orelse return error.Syntax) {
            .number => |value| return value,
            .operator => |operator| return if (operator == '-') -(try self.factor()) else error.Syntax,
            .open => {
                const value = try self.binary(0);
                const token = try self.next() orelse return error.Syntax;
                return if (token == .close) value else error.Syntax;
            },
            .close => return error.Syntax,
        }
    }

    fn precedence(operator: u8) u8 {
        return if (operator == '+' or operator == '-') 1 else 2;
    }

    fn binary(self: *Parser, least: u8) Failure!i64 {
        var left = try self.factor();
        while (try self.peek()) |token| {
            const operator = switch (token) {
                .operator => |operator| operator,
                else => break,
            };
            if (precedence(operator) <= least) break;
            _ = try self.next();
            const right = try self.binary(precedence(operator));
            left = switch (operator) {
                '+' => std.math.add(i64, left, right) catch return error.Overflow,
                '-' => std.math.sub(i64, left, right) catch return error.Overflow,
                '*' => std.math.mul(i64, left, right) catch return error.Overflow,
                else => if (right == 0) return error.DivisionByZero else @divTrunc(left, right),
            };
        }
        return left;
    }
};

export fn _start() void {
    const texts = [_][]const u8{
        "1 + 2 * 3",   "(1 + 2) * 3 - 4 / 2", "-(7 - 10) * (2 + 3) * 1000000007", "9223372036854775807 + 1",
        "10 / (5 - 5)", "2 * (3 + ",          "100 - 10 - 1",                      "6 ? 7",
    };
    for (texts) |text| {
        var parser = Parser{ .text = text };
        if (parser.binary(0)) |value| print("{s} = {d}\n", .{ text, value }) else |failure| print("{s}: {s}\n", .{ text, @errorName(failure) });
    }
    var sum: f64 = 0;
    var term: f64 = 1;
    for (1..20) |n| {
        sum += term;
        term /= @floatFromInt(n);
    }
    print("e = {d:.12}\n", .{sum});
}
