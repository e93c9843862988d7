import Foundation

/// A script of the spec suite as `wasm-tools json-from-wast` writes it.
struct Script: Decodable {
  var source_filename: String
  var commands: [Command]
}

struct Command: Decodable {
  var type: String
  var line: Int
  var name: String?
  var filename: String?
  var module_type: String?
  var text: String?
  var action: Action?
  var expected: [Expectation]?
  /// `register`: the name to import from.
  var `as`: String?
  /// `module_instance`.
  var instance: String?
  var module: String?
}

struct Action: Decodable {
  var type: String
  var module: String?
  var field: String
  var args: [Literal]?
}

/// An argument or an expected value: decimal text by type; lanes for vectors.
struct Literal: Decodable {
  var type: String
  var lane_type: String?
  var value: Texts?

  enum Texts: Decodable {
    case one(String)
    case lanes([String])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        self = .one(text)
      } else {
        self = .lanes(try container.decode([String].self))
      }
    }
  }
}

/// A literal, or a choice of several (`either`).
struct Expectation: Decodable {
  var type: String
  var lane_type: String?
  var value: Literal.Texts?
  var values: [Literal]?

  var alternatives: [Literal] {
    type == "either" ? values ?? [] : [Literal(type: type, lane_type: lane_type, value: value)]
  }
}
