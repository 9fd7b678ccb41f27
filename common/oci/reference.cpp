// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/reference.hpp"

#include <algorithm>

namespace redoubt::oci {
namespace {

constexpr std::size_t k_max_name = 255;
constexpr std::size_t k_max_tag = 128;
constexpr std::size_t k_max_reference = 512; // name, tag and the longest digest fit

bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_lower_alnum(char c) {
    return is_lower(c) || is_digit(c);
}
bool is_alnum(char c) {
    return is_lower_alnum(c) || is_upper(c);
}

bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// alnum, separated by ".", "_", "__" or any number of "-".
bool is_path_component(std::string_view text) {
    if (text.empty() || !is_lower_alnum(text.front()) || !is_lower_alnum(text.back())) return false;
    for (std::size_t at = 0; at < text.size();) {
        const auto end =
            std::find_if(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), is_lower_alnum);
        const auto separator = text.substr(at, static_cast<std::size_t>(end - text.begin()) - at);
        const bool is_dashes = std::ranges::all_of(separator, [](char c) { return c == '-'; });
        if (!is_dashes && separator != "." && separator != "_" && separator != "__") return false;
        at += separator.size() + 1;
    }
    return true;
}

bool is_domain_label(std::string_view text) {
    return !text.empty() && text.front() != '-' && text.back() != '-' &&
           std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '-'; });
}

bool is_host(std::string_view text) {
    if (text.starts_with('['))
        return text.size() > 4 && text.ends_with(']') &&
               std::ranges::all_of(text.substr(1, text.size() - 2),
                                   [](char c) { return is_hex(c) || c == ':'; });
    for (;;) {
        const auto dot = text.find('.');
        if (!is_domain_label(text.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        text.remove_prefix(dot + 1);
    }
}

bool is_port(std::string_view text) {
    return !text.empty() && text.size() <= 5 && std::ranges::all_of(text, is_digit) &&
           std::stoul(std::string(text)) - 1 < 65535;
}

bool is_registry(std::string_view text) {
    const auto bracket = text.rfind(']');
    const auto colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon == std::string_view::npos) return is_host(text);
    return is_host(text.substr(0, colon)) && is_port(text.substr(colon + 1));
}

bool looks_like_registry(std::string_view component) {
    return component == "localhost" || component.find_first_of(".:[") != std::string_view::npos ||
           std::ranges::any_of(component, is_upper);
}

bool is_tag(std::string_view text) {
    const auto is_word = [](char c) { return is_alnum(c) || c == '_'; };
    return !text.empty() && text.size() <= k_max_tag && is_word(text.front()) &&
           std::ranges::all_of(text, [&](char c) { return is_word(c) || c == '.' || c == '-'; });
}

Status check_repository(std::string_view repository) {
    if (repository.empty()) return fail(Code::invalid_argument, "the repository is missing");
    for (std::string_view rest = repository;;) {
        const auto slash = rest.find('/');
        const auto component = rest.substr(0, slash);
        if (std::ranges::any_of(component, is_upper))
            return fail(Code::invalid_argument, "the repository '{}' must be lower case", repository);
        if (!is_path_component(component))
            return fail(Code::invalid_argument, "'{}' is not a valid part of a repository", component);
        if (slash == std::string_view::npos) return {};
        rest.remove_prefix(slash + 1);
    }
}

Result<Reference> parse_parts(std::string_view rest) {
    Reference reference;
    if (rest.empty()) return fail(Code::invalid_argument, "empty");
    if (const auto at = rest.find('@'); at != std::string_view::npos) {
        RDT_TRY(reference.digest, crypto::Digest::parse(rest.substr(at + 1)));
        rest = rest.substr(0, at);
    }
    if (const auto colon = rest.rfind(':'); colon != std::string_view::npos &&
                                            rest.find('/', colon) == std::string_view::npos &&
                                            rest.find(']', colon) == std::string_view::npos) {
        reference.tag = rest.substr(colon + 1);
        if (!is_tag(reference.tag))
            return fail(Code::invalid_argument, "'{}' is not a valid tag", reference.tag);
        rest = rest.substr(0, colon);
    }
    if (rest.size() > k_max_name)
        return fail(Code::invalid_argument, "the name has {} characters, at most {} are allowed", rest.size(),
                    k_max_name);
    if (const auto slash = rest.find('/');
        slash != std::string_view::npos && looks_like_registry(rest.substr(0, slash))) {
        reference.registry = rest.substr(0, slash);
        if (!is_registry(reference.registry))
            return fail(Code::invalid_argument, "'{}' is not a valid registry (host or host:port)",
                        reference.registry);
        rest = rest.substr(slash + 1);
    }
    RDT_CHECK(check_repository(rest));
    reference.repository = rest;
    return reference;
}

} // namespace

std::string Reference::name() const {
    return registry.empty() ? repository : registry + "/" + repository;
}

std::string Reference::str() const {
    std::string text = name();
    if (!tag.empty()) text += ":" + tag;
    if (digest) text += "@" + digest->str();
    return text;
}

std::string Reference::manifest_selector() const {
    if (digest) return digest->str();
    return tag.empty() ? "latest" : tag;
}

Reference Reference::with_default_tag() const {
    Reference copy = *this;
    if (copy.tag.empty() && !copy.digest) copy.tag = "latest";
    return copy;
}

Reference Reference::at_registry(std::string_view host) const {
    Reference copy = *this;
    copy.registry = host;
    return copy;
}

Result<Reference> parse_reference(std::string_view text) {
    if (text.size() > k_max_reference)
        return fail(Code::invalid_argument, "image reference '{}...': {} characters, at most {} are allowed",
                    text.substr(0, 40), text.size(), k_max_reference);
    return parse_parts(text).transform_error(context("image reference '{}'", text));
}

} // namespace redoubt::oci
