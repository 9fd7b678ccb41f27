// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/policy/request_json.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <format>
#include <limits>
#include <map>
#include <vector>

#include "common/crypto/digest.hpp"
#include "common/encoding/utf8.hpp"
#include "common/rego/value/json.hpp"
#include "guest-image/policy/message_table.hpp"
#include "guest-image/policy/wire_reader.hpp"

namespace redoubt::guest::policy {
namespace {

constexpr std::size_t k_deepest = 32;
constexpr std::string_view k_copy_file = "CopyFileRequest";

using Occurrences = std::map<std::uint32_t, std::vector<WireField>>;

std::unexpected<Error> wrong(const Message& message, const Field& field, std::string_view what) {
    return fail(Code::invalid_argument, "{}.{}: {}", message.name, field.name, what);
}

bool is_bytes(Kind kind) {
    return kind == Kind::text || kind == Kind::bytes || kind == Kind::text_map || kind == Kind::message ||
           kind == Kind::content;
}

/// All fields of a message, each of which is one of its own.
Result<Occurrences> read_fields(const Message& message, std::string_view payload) {
    Occurrences found;
    WireReader reader(payload);
    while (!reader.at_end()) {
        RDT_TRY(const auto wire, reader.next().transform_error(context("{}", message.name)));
        const auto field = std::ranges::find(message.fields, wire.number, &Field::number);
        if (field == message.fields.end())
            return fail(Code::invalid_argument, "{}: field {} is not known", message.name, wire.number);
        // Numbers of a list come one by one or all in one field.
        const bool is_list = field->shape == Shape::repeated;
        const bool is_fitting =
            is_bytes(field->kind) ? wire.type == WireType::bytes : wire.type == WireType::varint || is_list;
        if (!is_fitting) return wrong(message, *field, "has another wire type");
        auto& of_field = found[wire.number];
        if (!of_field.empty() && !is_list && field->kind != Kind::text_map)
            return wrong(message, *field, "is given twice");
        of_field.push_back(wire);
    }
    return found;
}

Result<std::string> text_json(std::string_view text) {
    if (!encoding::is_utf8(text)) return fail(Code::invalid_argument, "not UTF-8");
    std::string out;
    rego::append_json_string(out, text);
    return out;
}

Result<std::string> number_json(Kind kind, std::uint64_t value) {
    switch (kind) {
    case Kind::boolean:
        if (value > 1) return fail(Code::invalid_argument, "not a boolean");
        return value == 1 ? "true" : "false";
    case Kind::uint32:
        if (value > std::numeric_limits<std::uint32_t>::max())
            return fail(Code::invalid_argument, "more than 32 bits");
        return std::to_string(value);
    case Kind::int32: {
        const auto number = static_cast<std::int64_t>(value); // negative ones come in 64 bits
        if (number < std::numeric_limits<std::int32_t>::min() ||
            number > std::numeric_limits<std::int32_t>::max())
            return fail(Code::invalid_argument, "more than 32 bits");
        return std::to_string(number);
    }
    case Kind::int64: return std::to_string(static_cast<std::int64_t>(value));
    case Kind::uint64: return std::to_string(value);
    case Kind::text:
    case Kind::bytes:
    case Kind::text_map:
    case Kind::message:
    case Kind::content: break;
    }
    return fail(Code::internal, "not a number");
}

/// As Kata's agent writes them: a list of numbers.
std::string bytes_json(std::string_view bytes) {
    std::string out = "[";
    for (const char byte : bytes) {
        if (out.size() > 1) out += ',';
        out += std::to_string(static_cast<unsigned char>(byte));
    }
    return out + "]";
}

/// What a policy compares is which bytes they are; as numbers, a file would be too much for any rule.
Result<std::string> content_json(std::string_view bytes) {
    RDT_TRY(const auto digest, crypto::digest_of(bytes));
    return std::format(R"({{"digest":"{}","size":{}}})", digest.str(), bytes.size());
}

Result<std::string> message_json(const Message& message, std::string_view payload, std::size_t depth);

Result<std::string> value_json(const Field& field, const WireField& wire, std::size_t depth) {
    if (field.kind == Kind::message) return message_json(*field.message, wire.bytes, depth + 1);
    if (field.kind == Kind::text) return text_json(wire.bytes);
    if (field.kind == Kind::bytes) return bytes_json(wire.bytes);
    if (field.kind == Kind::content) return content_json(wire.bytes);
    return number_json(field.kind, wire.value);
}

std::string empty_json(const Field& field) {
    if (field.shape == Shape::optional) return "null";
    switch (field.kind) {
    case Kind::text: return "\"\"";
    case Kind::bytes: return "[]";
    case Kind::boolean: return "false";
    case Kind::text_map: return "{}";
    case Kind::message:
    case Kind::content: return "null";
    case Kind::int32:
    case Kind::int64:
    case Kind::uint32:
    case Kind::uint64: break;
    }
    return "0";
}

void add_item(std::string& out, std::string_view item) {
    if (out.size() > 1) out += ',';
    out += item;
}

Result<std::string> list_json(const Field& field, const std::vector<WireField>& wires, std::size_t depth) {
    std::string out = "[";
    for (const auto& wire : wires) {
        if (is_bytes(field.kind) || wire.type == WireType::varint) {
            RDT_TRY(const auto item, value_json(field, wire, depth));
            add_item(out, item);
            continue;
        }
        WireReader packed(wire.bytes);
        while (!packed.at_end()) {
            RDT_TRY(const auto number, packed.varint());
            RDT_TRY(const auto item, number_json(field.kind, number));
            add_item(out, item);
        }
    }
    return out + "]";
}

/// map<string, string>: entries of a key (1) and a value (2).
Result<std::string> map_json(const std::vector<WireField>& wires) {
    static constexpr Field k_fields[] = {{1, "key", Kind::text, Shape::single, nullptr},
                                         {2, "value", Kind::text, Shape::single, nullptr}};
    static constexpr Message k_entry{"entry", k_fields};
    std::map<std::string, std::string> entries;
    for (const auto& wire : wires) {
        RDT_TRY(const auto fields, read_fields(k_entry, wire.bytes));
        const auto text_of = [&](std::uint32_t number) {
            const auto found = fields.find(number);
            return text_json(found == fields.end() ? std::string_view() : found->second.front().bytes);
        };
        RDT_TRY(auto key, text_of(1));
        RDT_TRY(auto value, text_of(2));
        if (!entries.emplace(std::move(key), std::move(value)).second)
            return fail(Code::invalid_argument, "has a key twice");
    }
    std::string out = "{";
    for (const auto& [key, value] : entries) add_item(out, key + ":" + value);
    return out + "}";
}

Result<std::string> field_json(const Message& message, const Field& field, const Occurrences& found,
                               std::size_t depth) {
    static const std::vector<WireField> k_none;
    const auto of_field = found.find(field.number);
    const auto& wires = of_field == found.end() ? k_none : of_field->second;
    const auto place = [&](const Error& error) {
        return error.within(std::format("{}.{}", message.name, field.name));
    };
    if (field.shape == Shape::repeated) return list_json(field, wires, depth).transform_error(place);
    if (field.kind == Kind::text_map) return map_json(wires).transform_error(place);
    if (wires.empty() && field.kind == Kind::content) return content_json({}).transform_error(place);
    if (wires.empty()) return empty_json(field);
    return value_json(field, wires.front(), depth).transform_error(place);
}

void add_member(std::string& out, std::string_view name, std::string_view value) {
    add_item(out, std::format("\"{}\":{}", name, value));
}

Result<std::string> message_json(const Message& message, std::string_view payload, std::size_t depth) {
    if (depth > k_deepest) return fail(Code::resource_exhausted, "{}: nested too deep", message.name);
    RDT_TRY(const auto found, read_fields(message, payload));
    std::string out = "{";
    for (const auto& field : message.fields) {
        const bool is_there = found.contains(field.number);
        if (field.shape == Shape::ours && !is_there) continue;
        RDT_TRY(const auto value, field_json(message, field, found, depth));
        if (field.shape != Shape::choice) {
            add_member(out, field.name, value);
            continue;
        }
        const auto dot = field.name.find('.');
        const auto chosen = std::format("{{\"{}\":{}}}", field.name.substr(dot + 1), value);
        add_member(out, field.name.substr(0, dot), is_there ? chosen : "null");
    }
    return out + "}";
}

std::string_view file_type(std::uint64_t mode) {
    switch (mode & S_IFMT) {
    case S_IFREG: return "Regular";
    case S_IFDIR: return "Directory";
    case S_IFLNK: return "Symlink";
    default: return "Unknown";
    }
}

/// A file's bytes decide nothing and are not shown; what it is, and where a link leads, is.
Result<std::string> copy_file_json(const Message& message, std::string_view payload) {
    RDT_TRY(const auto found, read_fields(message, payload));
    std::string out = "{";
    std::uint64_t mode = 0;
    std::string_view data;
    for (const auto& field : message.fields) {
        const auto wires = found.find(field.number);
        const bool is_there = wires != found.end();
        if (field.name == "file_mode" && is_there) mode = wires->second.front().value;
        if (field.name == "data" && is_there) data = wires->second.front().bytes;
        if (field.name == "data") continue;
        RDT_TRY(const auto value, field_json(message, field, found, 0));
        add_member(out, field.name, value);
    }
    const auto type = file_type(mode);
    add_member(out, "file_type", std::format("\"{}\"", type));
    if (type == "Symlink") {
        RDT_TRY(const auto target, text_json(data).transform_error(context("CopyFileRequest.data")));
        add_member(out, "symlink_target", target);
    }
    return out + "}";
}

} // namespace

Result<std::string> request_json(std::string_view message, std::string_view payload) {
    const auto* known = find_request(message);
    if (known == nullptr) return fail(Code::not_found, "{} is no request of the agent", message);
    if (message == k_copy_file) return copy_file_json(*known, payload);
    return message_json(*known, payload, 0);
}

} // namespace redoubt::guest::policy
