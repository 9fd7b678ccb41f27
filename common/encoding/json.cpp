// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/encoding/json.hpp"

#include <optional>
#include <set>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>

namespace redoubt::json {
namespace {

namespace bj = boost::json;
using ErrorCode = boost::system::error_code;

/// Builds the value and refuses a repeated member. Called by the parser; names and signatures are
/// Boost.JSON's (basic_parser, "Handler").
class Builder {
  public:
    static constexpr std::size_t max_object_size = bj::object::max_size();
    static constexpr std::size_t max_array_size = bj::array::max_size();
    static constexpr std::size_t max_key_size = bj::string::max_size();
    static constexpr std::size_t max_string_size = bj::string::max_size();

    [[nodiscard]] bj::value take() { return stack_.release(); }
    void start() { stack_.reset(); }
    /// The repeated member, when that is why parsing stopped.
    [[nodiscard]] const std::optional<std::string>& repeated() const { return repeated_; }

    bool on_document_begin(ErrorCode&) { return true; }
    bool on_document_end(ErrorCode&) { return true; }
    bool on_object_begin(ErrorCode&) {
        keys_.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t count, ErrorCode&) {
        keys_.pop_back();
        stack_.push_object(count);
        return true;
    }
    bool on_array_begin(ErrorCode&) { return true; }
    bool on_array_end(std::size_t count, ErrorCode&) {
        stack_.push_array(count);
        return true;
    }
    bool on_key_part(bj::string_view part, std::size_t, ErrorCode&) {
        key_ += part;
        stack_.push_chars(part);
        return true;
    }
    bool on_key(bj::string_view part, std::size_t, ErrorCode& error) {
        key_ += part;
        stack_.push_key(part);
        const auto [place, is_new] = keys_.back().insert(std::exchange(key_, {}));
        if (is_new) return true;
        repeated_ = place->substr(0, 100);
        error = bj::error::syntax;
        return false;
    }
    bool on_string_part(bj::string_view part, std::size_t, ErrorCode&) {
        stack_.push_chars(part);
        return true;
    }
    bool on_string(bj::string_view part, std::size_t, ErrorCode&) {
        stack_.push_string(part);
        return true;
    }
    bool on_number_part(bj::string_view, ErrorCode&) { return true; }
    bool on_int64(std::int64_t value, bj::string_view, ErrorCode&) {
        stack_.push_int64(value);
        return true;
    }
    bool on_uint64(std::uint64_t value, bj::string_view, ErrorCode&) {
        stack_.push_uint64(value);
        return true;
    }
    bool on_double(double value, bj::string_view, ErrorCode&) {
        stack_.push_double(value);
        return true;
    }
    bool on_bool(bool value, ErrorCode&) {
        stack_.push_bool(value);
        return true;
    }
    bool on_null(ErrorCode&) {
        stack_.push_null();
        return true;
    }
    bool on_comment_part(bj::string_view, ErrorCode&) { return true; }
    bool on_comment(bj::string_view, ErrorCode&) { return true; }

  private:
    bj::value_stack stack_;
    std::vector<std::set<std::string>> keys_; // of each open object
    std::string key_;
    std::optional<std::string> repeated_;
};

} // namespace

Result<Document> parse(std::string_view name, std::string_view text, Limits limits) {
    if (text.size() > limits.max_bytes)
        return fail(Code::resource_exhausted, "{}: {} bytes, more than the limit of {}", name, text.size(),
                    limits.max_bytes);
    bj::parse_options options;
    options.max_depth = limits.max_depth;
    options.numbers = bj::number_precision::precise;
    bj::basic_parser<Builder> parser(options);
    parser.handler().start();
    ErrorCode error;
    const auto offset = parser.write_some(/*more=*/false, text.data(), text.size(), error);
    if (const auto& repeated = parser.handler().repeated())
        return fail(Code::invalid_argument, "{}: member '{}' appears twice, at byte {}", name, *repeated,
                    offset);
    if (!error && offset < text.size()) error = bj::error::extra_data;
    if (error == bj::error::too_deep)
        return fail(Code::invalid_argument, "{}: nested deeper than {} levels at byte {}", name,
                    limits.max_depth, offset);
    if (error)
        return fail(Code::invalid_argument, "{}: not JSON: {} at byte {}", name, error.message(), offset);
    return Document(parser.handler().take(), std::string(name));
}

Node Node::operator[](std::string_view key) const {
    std::string path = path_ + "." + std::string(key.substr(0, 100));
    if (value_ == nullptr || !value_->is_object()) return {nullptr, std::move(path)};
    return {value_->get_object().if_contains(key), std::move(path)};
}

std::unexpected<Error> Node::wrong(std::string_view message) const {
    return fail(Code::invalid_argument, "{}: {}", path_, message);
}

std::unexpected<Error> Node::wrong_type(std::string_view wanted) const {
    if (!is_present()) return wrong("missing");
    return fail(Code::invalid_argument, "{}: not {}", path_, wanted);
}

Result<std::string> Node::string() const {
    if (value_ == nullptr || !value_->is_string()) return wrong_type("a string");
    const auto& text = value_->get_string();
    return std::string(text.data(), text.size());
}

Result<std::int64_t> Node::integer() const {
    if (value_ == nullptr || !value_->is_int64()) return wrong_type("a whole number in range");
    return value_->get_int64();
}

Result<std::uint64_t> Node::unsigned_integer() const {
    if (value_ != nullptr && value_->is_uint64()) return value_->get_uint64();
    if (value_ == nullptr || !value_->is_int64() || value_->get_int64() < 0)
        return wrong_type("a whole number of zero or more");
    return static_cast<std::uint64_t>(value_->get_int64());
}

Result<bool> Node::boolean() const {
    if (value_ == nullptr || !value_->is_bool()) return wrong_type("true or false");
    return value_->get_bool();
}

Result<std::vector<Node>> Node::array() const {
    if (value_ == nullptr || !value_->is_array()) return wrong_type("an array");
    std::vector<Node> nodes;
    for (const auto& element : value_->get_array())
        nodes.emplace_back(&element, std::format("{}[{}]", path_, nodes.size()));
    return nodes;
}

Result<std::string> Node::bytes() const {
    if (value_ == nullptr || !value_->is_array()) return wrong_type("an array");
    std::string bytes;
    bytes.reserve(value_->get_array().size());
    // Places are written of what is wrong alone: certificates come as thousands of numbers.
    for (const auto& element : value_->get_array()) {
        boost::system::error_code error; // of what is no whole number, or does not fit
        const auto byte = element.is_double() ? 0 : element.to_number<std::uint8_t>(error);
        if (error || element.is_double())
            return fail(Code::invalid_argument, "{}[{}]: not a byte", path_, bytes.size());
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

Result<std::vector<std::string>> Node::strings() const {
    RDT_TRY(const auto nodes, array());
    std::vector<std::string> texts;
    for (const auto& node : nodes) {
        RDT_TRY(auto text, node.string());
        texts.push_back(std::move(text));
    }
    return texts;
}

Result<std::vector<std::pair<std::string, Node>>> Node::members() const {
    RDT_CHECK(expect_object());
    std::vector<std::pair<std::string, Node>> found;
    for (const auto& member : value_->get_object()) {
        const std::string key(member.key());
        found.emplace_back(key, Node(&member.value(), path_ + "." + key.substr(0, 100)));
    }
    return found;
}

Result<std::map<std::string, std::string>> Node::string_map() const {
    RDT_TRY(const auto entries, members());
    std::map<std::string, std::string> map;
    for (const auto& [key, node] : entries) {
        RDT_TRY(auto text, node.string());
        map.emplace(key, std::move(text));
    }
    return map;
}

Status Node::expect_object() const {
    if (!is_object()) return wrong_type("an object");
    return {};
}

Result<std::string> Node::string_or(std::string_view fallback) const {
    if (!is_present()) return std::string(fallback);
    return string();
}
Result<std::int64_t> Node::integer_or(std::int64_t fallback) const {
    if (!is_present()) return fallback;
    return integer();
}
Result<std::uint64_t> Node::unsigned_integer_or(std::uint64_t fallback) const {
    if (!is_present()) return fallback;
    return unsigned_integer();
}
Result<bool> Node::boolean_or(bool fallback) const {
    if (!is_present()) return fallback;
    return boolean();
}
Result<std::vector<Node>> Node::array_or_empty() const {
    if (!is_present()) return std::vector<Node>();
    return array();
}
Result<std::vector<std::string>> Node::strings_or_empty() const {
    if (!is_present()) return std::vector<std::string>();
    return strings();
}
Result<std::vector<std::pair<std::string, Node>>> Node::members_or_empty() const {
    if (!is_present()) return std::vector<std::pair<std::string, Node>>();
    return members();
}
Result<std::map<std::string, std::string>> Node::string_map_or_empty() const {
    if (!is_present()) return std::map<std::string, std::string>();
    return string_map();
}

} // namespace redoubt::json
