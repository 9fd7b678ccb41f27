// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/encoding/cbor.hpp"

#include <array>
#include <limits>
#include <set>
#include <tuple>

#include "common/encoding/utf8.hpp"

namespace redoubt::cbor {
namespace {

constexpr unsigned k_major_bytes = 2;
constexpr unsigned k_major_text = 3;
constexpr unsigned k_one_byte = 24; ///< additional information: the argument is in the next byte
constexpr unsigned k_eight_bytes = 27;
constexpr unsigned k_indefinite = 31;

struct Head {
    unsigned major = 0;
    unsigned information = 0;
    std::uint64_t argument = 0;
};

class Parser {
  public:
    Parser(std::string_view name, std::string_view bytes, const Limits& limits, std::size_t base)
        : name_(name), bytes_(bytes), limits_(limits), base_(base) {}

    Result<Item> run() {
        RDT_TRY(auto item, read(0));
        if (at_ != bytes_.size()) return wrong(at_, "bytes behind the end");
        return item;
    }

  private:
    [[nodiscard]] std::unexpected<Error> wrong(std::size_t at, std::string_view message,
                                               Code code = Code::invalid_argument) const {
        return fail(code, "{}: byte {}: {}", name_, base_ + at, message);
    }

    Result<Head> read_head() {
        const auto start = at_;
        if (at_ >= bytes_.size()) return wrong(at_, "cut short");
        const unsigned first = static_cast<unsigned char>(bytes_[at_++]);
        Head head{first >> 5U, first & 31U, first & 31U};
        if (head.information < k_one_byte) return head;
        if (head.information == k_indefinite) return wrong(start, "an indefinite length");
        if (head.information > k_eight_bytes) return wrong(start, "a reserved head");
        const std::size_t size = std::size_t{1} << (head.information - k_one_byte);
        if (size > bytes_.size() - at_) return wrong(start, "cut short");
        head.argument = 0;
        for (std::size_t i = 0; i < size; ++i)
            head.argument = (head.argument << 8U) | static_cast<unsigned char>(bytes_[at_++]);
        // What follows a simple value's head is a value of its own, or a float.
        if (head.major == 7) return head;
        const std::uint64_t least = size == 1 ? k_one_byte : std::uint64_t{1} << (4 * size);
        if (head.argument < least) return wrong(start, "a head that is longer than its number needs");
        return head;
    }

    Result<Item> read(std::size_t depth) {
        const auto start = at_;
        if (++items_ > limits_.max_items) return wrong(start, "too many items", Code::resource_exhausted);
        if (depth > limits_.max_depth) return wrong(start, "too deep", Code::resource_exhausted);
        RDT_TRY(const auto head, read_head());
        static constexpr std::array k_kinds{Kind::unsigned_number,
                                            Kind::negative_number,
                                            Kind::bytes,
                                            Kind::text,
                                            Kind::array,
                                            Kind::map,
                                            Kind::tag,
                                            Kind::null};
        Item item{k_kinds.at(head.major), base_ + start, head.argument, {}, {}};
        switch (item.kind) {
        case Kind::unsigned_number:
        case Kind::negative_number: break;
        case Kind::bytes:
        case Kind::text: RDT_CHECK(read_string(item, start)); break;
        case Kind::array: RDT_CHECK(read_children(item, head.argument, start, depth)); break;
        case Kind::map: RDT_CHECK(read_map(item, head.argument, start, depth)); break;
        case Kind::tag: RDT_CHECK(read_children(item, 1, start, depth)); break;
        case Kind::boolean:
        case Kind::null:
        case Kind::floating: RDT_CHECK(read_simple(item, head, start)); break;
        }
        return item;
    }

    Status read_string(Item& item, std::size_t start) {
        if (item.number > bytes_.size() - at_) return wrong(start, "a string that is cut short");
        item.content = bytes_.substr(at_, item.number);
        at_ += item.number;
        if (item.kind == Kind::text && !encoding::is_utf8(item.content))
            return wrong(start, "a text that is not UTF-8");
        return {};
    }

    Status read_children(Item& item, std::uint64_t count, std::size_t start, std::size_t depth) {
        // Each of them has a byte at least: what is announced and cannot be there takes no memory.
        if (count > bytes_.size() - at_) return wrong(start, "more items than bytes");
        item.children.reserve(count);
        for (std::uint64_t i = 0; i < count; ++i) {
            RDT_TRY(auto child, read(depth + 1));
            item.children.push_back(std::move(child));
        }
        return {};
    }

    Status read_map(Item& item, std::uint64_t count, std::size_t start, std::size_t depth) {
        if (count > (bytes_.size() - at_) / 2) return wrong(start, "more items than bytes");
        RDT_CHECK(read_children(item, count * 2, start, depth));
        std::set<std::tuple<Kind, std::uint64_t, std::string_view>> keys;
        for (std::size_t i = 0; i < item.children.size(); i += 2) {
            const auto& key = item.children[i];
            const auto at = key.offset - base_;
            if (key.kind != Kind::unsigned_number && key.kind != Kind::negative_number &&
                key.kind != Kind::text)
                return wrong(at, "a map key that is neither a number nor a text");
            if (!keys.emplace(key.kind, key.number, key.content).second)
                return wrong(at, "a map key that is there twice");
        }
        return {};
    }

    Status read_simple(Item& item, const Head& head, std::size_t start) const {
        constexpr unsigned k_false = 20;
        constexpr unsigned k_true = 21;
        constexpr unsigned k_null = 22;
        if (head.information > k_one_byte) {
            item.kind = Kind::floating;
            return {};
        }
        if (head.information == k_null) return {};
        if (head.information != k_false && head.information != k_true)
            return wrong(start, "a simple value that is not known");
        item.kind = Kind::boolean;
        item.number = head.information == k_true ? 1 : 0;
        return {};
    }

    std::string_view name_;
    std::string_view bytes_;
    const Limits& limits_;
    std::size_t base_;
    std::size_t at_ = 0;
    std::size_t items_ = 0;
};

} // namespace

Node Node::operator[](std::int64_t key) const {
    const bool is_negative = key < 0;
    const auto number = static_cast<std::uint64_t>(is_negative ? -1 - key : key);
    if (is(Kind::map))
        for (std::size_t i = 0; i + 1 < item_->children.size(); i += 2) {
            const auto& found = item_->children[i];
            const auto kind = is_negative ? Kind::negative_number : Kind::unsigned_number;
            if (found.kind == kind && found.number == number) return child(i + 1);
        }
    return {nullptr, offset_, name_};
}

Result<std::uint64_t> Node::unsigned_number() const {
    if (!is(Kind::unsigned_number)) return wrong_type("an unsigned number");
    return item_->number;
}

Result<std::int64_t> Node::number() const {
    constexpr auto k_most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (!is(Kind::unsigned_number) && !is(Kind::negative_number)) return wrong_type("a number");
    if (item_->number > k_most) return wrong("a number of more than 64 bits");
    const auto value = static_cast<std::int64_t>(item_->number);
    return item_->kind == Kind::negative_number ? -1 - value : value;
}

Result<std::string_view> Node::bytes() const {
    if (!is(Kind::bytes)) return wrong_type("a byte string");
    return item_->content;
}

Result<std::string_view> Node::text() const {
    if (!is(Kind::text)) return wrong_type("a text string");
    return item_->content;
}

Result<std::vector<Node>> Node::array() const {
    if (!is(Kind::array)) return wrong_type("an array");
    std::vector<Node> nodes;
    nodes.reserve(item_->children.size());
    for (std::size_t i = 0; i < item_->children.size(); ++i) nodes.push_back(child(i));
    return nodes;
}

Result<std::vector<std::pair<Node, Node>>> Node::members() const {
    if (!is(Kind::map)) return wrong_type("a map");
    std::vector<std::pair<Node, Node>> nodes;
    for (std::size_t i = 0; i + 1 < item_->children.size(); i += 2)
        nodes.emplace_back(child(i), child(i + 1));
    return nodes;
}

Result<Node> Node::tagged(std::uint64_t tag) const {
    if (!is(Kind::tag) || item_->number != tag) return wrong_type(std::format("a value of tag {}", tag));
    return child(0);
}

std::optional<std::uint64_t> Node::tag() const {
    return is(Kind::tag) ? std::optional(item_->number) : std::nullopt;
}

std::size_t Node::content_offset() const {
    return item_ == nullptr ? offset_ : offset_ + encode_head(0, item_->content.size()).size();
}

std::unexpected<Error> Node::wrong(std::string_view message, Code code) const {
    return fail(code, "{}: byte {}: {}", name_, offset_, message);
}

std::unexpected<Error> Node::wrong_type(std::string_view wanted) const {
    return wrong(is_present() ? std::format("not {}", wanted) : std::format("{} is missing", wanted));
}

Node Node::child(std::size_t index) const {
    const auto& item = item_->children[index];
    return {&item, item.offset, name_};
}

Result<Document> parse(std::string_view name, std::string_view bytes, Limits limits, std::size_t base) {
    if (bytes.size() > limits.max_bytes)
        return fail(Code::resource_exhausted, "{}: {} bytes, where {} are the most", name, bytes.size(),
                    limits.max_bytes);
    Parser parser(name, bytes, limits, base);
    RDT_TRY(auto root, parser.run());
    return Document(std::move(root), std::string(name));
}

std::string encode_head(unsigned major, std::uint64_t number) {
    unsigned information = k_one_byte;
    while (information < k_eight_bytes && (number >> (8U * (1U << (information - k_one_byte)))) != 0)
        ++information;
    const auto lead = [&](unsigned low) { return std::string(1, static_cast<char>((major << 5U) | low)); };
    if (number < k_one_byte) return lead(static_cast<unsigned>(number));
    auto head = lead(information);
    for (unsigned left = 1U << (information - k_one_byte); left > 0; --left)
        head += static_cast<char>((number >> (8 * (left - 1))) & 255U);
    return head;
}

std::string encode_bytes(std::string_view bytes) {
    return encode_head(k_major_bytes, bytes.size()) + std::string(bytes);
}

std::string encode_text(std::string_view text) {
    return encode_head(k_major_text, text.size()) + std::string(text);
}

} // namespace redoubt::cbor
