// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>

#include "common/rego/builtins/go_url.hpp"
#include "common/rego/builtins/ip_address.hpp"
#include "common/rego/builtins/json_schema.hpp"
#include "common/rego/builtins/regex_cache.hpp"
#include "common/rego/builtins/time_layout.hpp"

namespace redoubt::rego {
namespace {

bool matches(BuiltinContext& context, std::string_view pattern, std::string_view text) {
    const auto regex = context.lasting<RegexCache>().get(pattern, context.environment.max_regex_bytes);
    return regex.has_value() && RE2::PartialMatch(piece_of(text), **regex);
}

bool is_time(std::string_view text) {
    return parse_time("15:04:05Z07:00", text).has_value() || parse_time("15:04:05", text).has_value();
}

bool is_date(std::string_view text) {
    return parse_time("2006-01-02", text).has_value();
}

/// local@domain, also "Name <local@domain>".
bool is_email(BuiltinContext& context, std::string_view text) {
    constexpr std::string_view atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\x{80}-\\x{10FFFF}-]+";
    const std::string dots = std::string(atom) + "(\\." + std::string(atom) + ")*";
    const std::string address = "(" + dots + "|\"[^\"\\\\\\r\\n]*\")@(" + dots + "|\\[[^\\[\\]\\\\]*\\])";
    return matches(context, "^\\s*(" + address + "|[^<>@,]*<" + address + ">)\\s*$", text);
}

bool is_uri(std::string_view text, bool needs_scheme) {
    const auto url = parse_url(text);
    return url.has_value() && (!needs_scheme || !url->scheme.empty()) && !text.contains('\\');
}

} // namespace

bool fits_format(BuiltinContext& context, std::string_view format, std::string_view text) {
    if (format == "date") return is_date(text);
    if (format == "time") return is_time(text);
    if (format == "date-time")
        return is_time(text) || is_date(text) || parse_time("2006-01-02T15:04:05Z07:00", text).has_value();
    if (format == "email" || format == "idn-email") return is_email(context, text);
    if (format == "ipv4") return text.contains('.') && parse_ip(text).has_value();
    if (format == "ipv6") return text.contains(':') && parse_ip(text).has_value();
    if (format == "uri" || format == "iri") return is_uri(text, true);
    if (format == "uri-reference" || format == "iri-reference") return is_uri(text, false);
    if (format == "uri-template") {
        const auto url = parse_url(text);
        return url.has_value() && !text.contains('\\') && matches(context, "^([^{]*({[^}]*})?)*$", url->path);
    }
    if (format == "hostname") {
        constexpr std::string_view label = "([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\\-]{0,61}[a-zA-Z0-9])";
        const std::string pattern = "^" + std::string(label) + "(\\." + std::string(label) + ")*$";
        return text.size() < 256 && matches(context, pattern, text);
    }
    if (format == "uuid")
        return matches(context, "^(?i)[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$", text);
    if (format == "regex")
        return context.lasting<RegexCache>().get(text, context.environment.max_regex_bytes).has_value();
    if (format == "json-pointer") return matches(context, "^(?:/(?:[^~/]|~0|~1)*)*$", text);
    if (format == "relative-json-pointer")
        return matches(context, "^(?:0|[1-9][0-9]*)(?:#|(?:/(?:[^~/]|~0|~1)*)*)$", text);
    return true;
}

} // namespace redoubt::rego
