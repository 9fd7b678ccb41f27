// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <map>

#include "common/rego/builtins/go_url.hpp"
#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/operand.hpp"

// uri.* and urlquery.*

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;

BuiltinResult uri_parse(BuiltinContext& context, Operands operands) {
    if (!context.charge(operands[0].size() * 8)) return memory_limit_error();
    const auto url = parse_url(operands[0].as_string());
    if (!url) return builtin_error(url.error());
    ObjectBuilder object;
    const auto put = [&](std::string_view name, std::string_view text) {
        if (!text.empty())
            object.insert(make_string(context.arena(), name), make_string(context.arena(), text));
    };
    put("scheme", url->scheme);
    put("hostname", url->hostname());
    put("port", url->port());
    put("path", url->path);
    put("raw_path", url->raw_path);
    put("raw_query", url->query);
    put("fragment", url->fragment);
    return object.build(context.arena());
}

/// The empty text is a valid reference to RFC 3986 and no valid one here, as in OPA.
BuiltinResult uri_is_valid(BuiltinContext& /*context*/, Operands operands) {
    const Value& value = operands[0];
    return Value::boolean(value.is_string() && value.size() > 0 && parse_url(value.as_string()).has_value());
}

BuiltinResult encode(BuiltinContext& context, Operands operands) {
    if (!context.charge(operands[0].size() * 6)) return memory_limit_error();
    return text_result(context, encode_query(operands[0].as_string()));
}

BuiltinResult decode(BuiltinContext& context, Operands operands) {
    if (!context.charge(operands[0].size() * 2)) return memory_limit_error();
    const auto text = decode_query(operands[0].as_string());
    if (!text) return builtin_error(text.error());
    return text_result(context, *text);
}

bool append_parameter(TextSink& out, std::string_view key, std::string_view value) {
    return (out.text().empty() || out.append("&")) && out.append(encode_query(key)) && out.append("=") &&
           out.append(encode_query(value));
}

BuiltinResult encode_object(BuiltinContext& context, Operands operands) {
    constexpr std::string_view wrong = "values must be string, array[string], or set[string]";
    TextSink out(context);
    for (const Member& member : operands[0].members()) {
        if (!member.key.is_string()) return operand_error(1, "must have string keys");
        const std::string_view key = member.key.as_string();
        if (member.value.is_string()) {
            if (!append_parameter(out, key, member.value.as_string())) return memory_limit_error();
            continue;
        }
        if (!member.value.is_array() && !member.value.is_set()) return operand_error(1, wrong);
        for (const Value& item : member.value.items()) {
            if (!item.is_string()) return operand_error(1, wrong);
            if (!append_parameter(out, key, item.as_string())) return memory_limit_error();
        }
    }
    return out.finish();
}

BuiltinResult decode_object(BuiltinContext& context, Operands operands) {
    std::string_view rest = operands[0].as_string();
    if (!context.work(1 + (rest.size() / 16)) || !context.charge(rest.size() * 24))
        return memory_limit_error();
    std::map<std::string, ArrayBuilder, std::less<>> found;
    std::string fault;
    while (!rest.empty()) {
        const std::size_t end = rest.find('&');
        const std::string_view pair = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        if (pair.empty()) continue;
        if (pair.contains(';')) {
            fault = "invalid semicolon separator in query";
            continue;
        }
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const auto key = decode_query(pair.substr(0, equals));
        const auto value = decode_query(equals < pair.size() ? pair.substr(equals + 1) : std::string_view());
        if (!key || !value) {
            if (fault.empty()) fault = key ? value.error() : key.error();
            continue;
        }
        found[*key].push(make_string(context.arena(), *value));
    }
    if (!fault.empty()) return builtin_error(fault);
    ObjectBuilder object;
    for (const auto& [key, values] : found)
        object.insert(make_string(context.arena(), key), values.build(context.arena()));
    return object.build(context.arena());
}

constexpr Operand k_text = one_of(Kind::string);

constexpr Builtin k_urls[] = {
    {.name = "uri.parse", .operands = {k_text}, .arity = 1, .function = uri_parse},
    {.name = "uri.is_valid", .operands = {constants_of(Kind::string)}, .arity = 1, .function = uri_is_valid},
    {.name = "urlquery.encode", .operands = {k_text}, .arity = 1, .function = encode},
    {.name = "urlquery.decode", .operands = {k_text}, .arity = 1, .function = decode},
    {.name = "urlquery.encode_object",
     .operands = {one_of(Kind::object)},
     .arity = 1,
     .function = encode_object},
    {.name = "urlquery.decode_object", .operands = {k_text}, .arity = 1, .function = decode_object},
};

} // namespace

std::span<const Builtin> url_builtins() {
    return k_urls;
}

} // namespace redoubt::rego
