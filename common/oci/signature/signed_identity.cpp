// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/signature/signed_identity.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <optional>
#include <utility>

#include "common/oci/signature/known_members.hpp"

namespace redoubt::oci::signature {
namespace {

constexpr std::array<std::pair<std::string_view, IdentityMatch>, 6> k_types{{
    {"matchExact", IdentityMatch::exact},
    {"matchRepoDigestOrExact", IdentityMatch::repo_digest_or_exact},
    {"matchRepository", IdentityMatch::repository},
    {"exactReference", IdentityMatch::exact_reference},
    {"exactRepository", IdentityMatch::exact_repository},
    {"remapIdentity", IdentityMatch::remap},
}};

bool is_name_only(const Reference& reference) {
    return reference.tag.empty() && !reference.digest;
}

/// A reference; with `is_repository`, one without tag and digest.
Result<std::string> read_reference(const json::Node& node, bool is_repository) {
    RDT_TRY(auto text, node.string());
    const auto parsed = parse_reference(text);
    if (!parsed) return node.wrong(parsed.error().message);
    if (is_repository && !is_name_only(*parsed)) return node.wrong("has a tag or a digest");
    if (!is_repository && is_name_only(*parsed)) return node.wrong("has neither tag nor digest");
    return text;
}

/// A registry, with or without namespaces or a whole repository.
Result<std::string> read_prefix(const json::Node& node) {
    RDT_TRY(auto text, node.string());
    const auto inside = parse_reference(text + "/x");
    if (text.empty() || !inside || !inside->is_qualified())
        return node.wrong("not a registry, or a name in one");
    return text;
}

bool is_exact(const Reference& image, const Reference& named) {
    if (is_name_only(named) || is_name_only(image) || image.name() != named.name()) return false;
    // The digest is compared with the manifest, whatever the name says of it.
    if (!image.tag.empty()) return named.tag == image.tag;
    return named.digest == image.digest;
}

bool is_repo_digest_or_exact(const Reference& image, const Reference& named) {
    if (is_name_only(named)) return false;
    if (!image.tag.empty() || !image.digest) return is_exact(image, named);
    return image.name() == named.name();
}

std::optional<Reference> remapped(const IdentityRule& rule, const Reference& image) {
    const auto name = image.name();
    if (name != rule.prefix && !name.starts_with(rule.prefix + "/")) return image;
    auto mapped = parse_reference(rule.signed_prefix + name.substr(rule.prefix.size()));
    if (!mapped) return std::nullopt;
    mapped->tag = image.tag;
    mapped->digest = image.digest;
    return *std::move(mapped);
}

} // namespace

Result<IdentityRule> parse_identity_rule(const json::Node& node) {
    RDT_TRY(const auto type, node["type"].string());
    const auto* known = std::ranges::find(k_types, type, [](const auto& entry) { return entry.first; });
    if (known == k_types.end())
        return node["type"].wrong(std::format("'{}' is no kind of identity", type.substr(0, 64)));
    IdentityRule rule{.match = known->second};
    switch (rule.match) {
    case IdentityMatch::exact_reference: {
        RDT_CHECK(check_members(node, {"type", "dockerReference"}));
        RDT_TRY(rule.wanted, read_reference(node["dockerReference"], /*is_repository=*/false));
        return rule;
    }
    case IdentityMatch::exact_repository: {
        RDT_CHECK(check_members(node, {"type", "dockerRepository"}));
        RDT_TRY(rule.wanted, read_reference(node["dockerRepository"], /*is_repository=*/true));
        return rule;
    }
    case IdentityMatch::remap: {
        RDT_CHECK(check_members(node, {"type", "prefix", "signedPrefix"}));
        RDT_TRY(rule.prefix, read_prefix(node["prefix"]));
        RDT_TRY(rule.signed_prefix, read_prefix(node["signedPrefix"]));
        return rule;
    }
    case IdentityMatch::unstated:
    case IdentityMatch::exact:
    case IdentityMatch::repo_digest_or_exact:
    case IdentityMatch::repository: break;
    }
    RDT_CHECK(check_members(node, {"type"}));
    return rule;
}

bool is_identity_of(const IdentityRule& rule, const Reference& image, const std::string& signed_name) {
    const auto named = parse_reference(signed_name);
    if (!named) return false;
    switch (rule.match) {
    case IdentityMatch::unstated:
        return is_name_only(*named) ? image.name() == named->name() : is_repo_digest_or_exact(image, *named);
    case IdentityMatch::exact: return is_exact(image, *named);
    case IdentityMatch::repo_digest_or_exact: return is_repo_digest_or_exact(image, *named);
    case IdentityMatch::repository: return image.name() == named->name();
    case IdentityMatch::exact_reference: return rule.wanted == signed_name;
    case IdentityMatch::exact_repository: return rule.wanted == named->name();
    case IdentityMatch::remap: {
        const auto mapped = remapped(rule, image);
        return mapped && is_repo_digest_or_exact(*mapped, *named);
    }
    }
    return false;
}

} // namespace redoubt::oci::signature
