// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Reading CBOR that others wrote: bounded, strict, and with errors that name the byte. Source: RFC 8949.
///
///     RDT_TRY(auto document, cbor::parse("manifest", bytes));
///     RDT_TRY(auto name, document.root()[2].text());
///     // "manifest: byte 7: not a text string"
///
/// Only one form of each thing is taken: definite lengths, the shortest head, map keys that are numbers or
/// texts and are there once, texts in UTF-8, nothing behind the item.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::cbor {

struct Limits {
    std::size_t max_bytes = 1U << 20U;
    std::size_t max_depth = 32;
    std::size_t max_items = 65'536;
};

enum class Kind : std::uint8_t {
    unsigned_number,
    negative_number,
    bytes,
    text,
    array,
    map,
    tag,
    boolean,
    null,
    floating
};

/// An item and what is in it.
struct Item {
    Kind kind = Kind::null;
    std::size_t offset = 0;   ///< of its head, in the document
    std::uint64_t number = 0; ///< value; of negative numbers -1 minus it; of a tag its number; boolean: 0, 1
    std::string_view content; ///< of bytes and texts
    std::vector<Item> children; ///< of an array; of a map: key, value, key...; of a tag: one
};

/// A place in a document, which may be empty: asking a missing place for a member gives a missing place.
/// Getters fail with invalid_argument "<name>: byte N: missing" or "<name>: byte N: not a text string" and so
/// on. Lifetime: borrows the Document, and the bytes.
class Node {
  public:
    Node(const Item* item, std::size_t offset, std::string_view name)
        : item_(item), offset_(offset), name_(name) {}

    [[nodiscard]] bool is_present() const { return item_ != nullptr; }
    [[nodiscard]] bool is(Kind kind) const { return item_ != nullptr && item_->kind == kind; }
    /// Of its head; of a missing place, of the map it is missing from.
    [[nodiscard]] std::size_t offset() const { return offset_; }

    /// The value of a map's key; missing when this is not a map or has none.
    [[nodiscard]] Node operator[](std::int64_t key) const;

    [[nodiscard]] Result<std::uint64_t> unsigned_number() const;
    /// Errors: also out of the range of 64 bits with a sign.
    [[nodiscard]] Result<std::int64_t> number() const;
    [[nodiscard]] Result<std::string_view> bytes() const;
    [[nodiscard]] Result<std::string_view> text() const;
    [[nodiscard]] Result<std::vector<Node>> array() const;
    /// Keys and values in the document's order.
    [[nodiscard]] Result<std::vector<std::pair<Node, Node>>> members() const;
    /// What the tag of that number is around.
    [[nodiscard]] Result<Node> tagged(std::uint64_t tag) const;
    /// The number of the tag; none when this is not a tag.
    [[nodiscard]] std::optional<std::uint64_t> tag() const;
    /// Where the content of a byte or text string begins.
    [[nodiscard]] std::size_t content_offset() const;

    /// Fails with this place in front: "<name>: byte N: <message>".
    [[nodiscard]] std::unexpected<Error> wrong(std::string_view message,
                                               Code code = Code::invalid_argument) const;

  private:
    [[nodiscard]] std::unexpected<Error> wrong_type(std::string_view wanted) const;
    [[nodiscard]] Node child(std::size_t index) const;

    const Item* item_;
    std::size_t offset_;
    std::string_view name_;
};

/// A parsed document. Nodes point into it. Lifetime: borrows the bytes it was parsed from.
class Document {
  public:
    Document(Item root, std::string name) : root_(std::move(root)), name_(std::move(name)) {}
    [[nodiscard]] Node root() const { return {&root_, root_.offset, name_}; }

  private:
    Item root_;
    std::string name_;
};

/// Parses one item. `base` is where the bytes stand in the document that errors speak of: for an item that is
/// encoded inside a byte string. Errors: invalid_argument with the offset; resource_exhausted a limit.
[[nodiscard]] Result<Document> parse(std::string_view name, std::string_view bytes, Limits limits = {},
                                     std::size_t base = 0);

/// Pieces in their one form, to put together what is signed. `major` is 0 to 7.
[[nodiscard]] std::string encode_head(unsigned major, std::uint64_t number);
[[nodiscard]] std::string encode_bytes(std::string_view bytes);
[[nodiscard]] std::string encode_text(std::string_view text);

} // namespace redoubt::cbor
