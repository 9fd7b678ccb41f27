// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Reading JSON that others wrote: bounded, and with errors that name the place.
///
///     RDT_TRY(auto document, json::parse("manifest", text));
///     RDT_TRY(auto size, document.root()["config"]["size"].unsigned_integer());
///     // "manifest.config.size: not a whole number of zero or more"
///
/// To write JSON, make a boost::json::value and use boost::json::serialize.

#include <boost/json/value.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::json {

struct Limits {
    std::size_t max_bytes = 4U << 20U;
    std::size_t max_depth = 32;
};

/// A place in a document, which may be empty: asking a missing place for a member gives a missing place.
/// Getters fail with invalid_argument "<path>: missing" or "<path>: not a string" and so on. A null counts as
/// missing. Lifetime: borrows the Document.
class Node {
  public:
    Node(const boost::json::value* value, std::string path) : value_(value), path_(std::move(path)) {}

    /// "manifest.layers[2].digest".
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] bool is_present() const { return value_ != nullptr && !value_->is_null(); }
    [[nodiscard]] bool is_object() const { return value_ != nullptr && value_->is_object(); }

    /// The member of that name; missing when this is not an object or has none.
    [[nodiscard]] Node operator[](std::string_view key) const;

    [[nodiscard]] Result<std::string> string() const;
    [[nodiscard]] Result<std::int64_t> integer() const;
    [[nodiscard]] Result<std::uint64_t> unsigned_integer() const;
    [[nodiscard]] Result<bool> boolean() const;
    [[nodiscard]] Result<std::vector<Node>> array() const;
    [[nodiscard]] Result<std::vector<std::string>> strings() const;
    /// An array of numbers below 256, as bytes.
    [[nodiscard]] Result<std::string> bytes() const;
    /// Members in the document's order.
    [[nodiscard]] Result<std::vector<std::pair<std::string, Node>>> members() const;
    [[nodiscard]] Result<std::map<std::string, std::string>> string_map() const;
    /// Fails unless this is an object.
    [[nodiscard]] Status expect_object() const;

    /// The same, but a missing value is the default (empty unless given); a wrong type still fails.
    [[nodiscard]] Result<std::string> string_or(std::string_view fallback = {}) const;
    [[nodiscard]] Result<std::int64_t> integer_or(std::int64_t fallback) const;
    [[nodiscard]] Result<std::uint64_t> unsigned_integer_or(std::uint64_t fallback) const;
    [[nodiscard]] Result<bool> boolean_or(bool fallback) const;
    [[nodiscard]] Result<std::vector<Node>> array_or_empty() const;
    [[nodiscard]] Result<std::vector<std::string>> strings_or_empty() const;
    [[nodiscard]] Result<std::vector<std::pair<std::string, Node>>> members_or_empty() const;
    [[nodiscard]] Result<std::map<std::string, std::string>> string_map_or_empty() const;

    /// Fails with this place in front: "manifest.config.digest: <message>".
    [[nodiscard]] std::unexpected<Error> wrong(std::string_view message) const;
    /// The raw value, null when missing.
    [[nodiscard]] const boost::json::value* value() const { return value_; }

  private:
    [[nodiscard]] std::unexpected<Error> wrong_type(std::string_view wanted) const;

    const boost::json::value* value_;
    std::string path_;
};

/// A parsed document. Nodes point into it.
class Document {
  public:
    Document(boost::json::value value, std::string name) : value_(std::move(value)), name_(std::move(name)) {}
    [[nodiscard]] Node root() const { return {&value_, name_}; }

  private:
    boost::json::value value_;
    std::string name_;
};

/// Parses one JSON value in UTF-8 (RFC 8259, nothing beside it). A member that appears twice is refused: two
/// readers could take different ones. `name` is what errors call the document. Errors: invalid_argument with
/// the byte offset; resource_exhausted when it is larger than the limit.
[[nodiscard]] Result<Document> parse(std::string_view name, std::string_view text, Limits limits = {});

} // namespace redoubt::json
