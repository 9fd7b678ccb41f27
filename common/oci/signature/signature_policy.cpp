// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/signature/signature_policy.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <utility>

#include "common/encoding/base64.hpp"
#include "common/encoding/json.hpp"
#include "common/oci/signature/known_members.hpp"

namespace redoubt::oci::signature {
namespace {

constexpr json::Limits k_limits{.max_bytes = k_max_policy_bytes, .max_depth = 8};
constexpr std::string_view k_pem = "-----BEGIN ";
constexpr std::string_view k_key_scheme = "kbs://";

/// Certificates and transparency logs: nobody here asks them.
constexpr std::array<std::string_view, 6> k_keyless{"fulcio",
                                                    "pki",
                                                    "rekorPublicKeyPath",
                                                    "rekorPublicKeyPaths",
                                                    "rekorPublicKeyData",
                                                    "rekorPublicKeyDatas"};

Result<KeySource> read_key_path(const json::Node& node) {
    RDT_TRY(auto path, node.string());
    if (!path.starts_with(k_key_scheme))
        return node.wrong("not kbs:///REPOSITORY/TYPE/TAG: a guest has no files with keys");
    return KeySource{.uri = std::move(path)};
}

/// Base64 of PEM, as containers-policy.json has it, or PEM itself, as image-rs takes it.
Result<KeySource> read_key_data(const json::Node& node) {
    RDT_TRY(auto text, node.string());
    if (text.starts_with(k_pem)) return KeySource{.pem = std::move(text)};
    auto decoded = encoding::from_base64(text);
    if (!decoded || !decoded->starts_with(k_pem)) return node.wrong("neither a key in PEM nor base64 of one");
    return KeySource{.pem = *std::move(decoded)};
}

template <class Read>
Status read_keys(const json::Node& one, const json::Node& many, const Read& read,
                 std::vector<KeySource>& keys) {
    if (one.is_present()) {
        RDT_TRY(auto key, read(one));
        keys.push_back(std::move(key));
    }
    RDT_TRY(const auto nodes, many.array_or_empty());
    if (many.is_present() && nodes.empty()) return many.wrong("is empty");
    if (nodes.size() > k_max_requirements)
        return fail(Code::resource_exhausted, "{}: more than {} keys", many.path(), k_max_requirements);
    for (const auto& node : nodes) {
        RDT_TRY(auto key, read(node));
        keys.push_back(std::move(key));
    }
    return {};
}

Result<Requirement> read_sigstore_signed(const json::Node& node) {
    RDT_CHECK(check_members(node, {"type", "keyPath", "keyPaths", "keyData", "keyDatas", "fulcio", "pki",
                                   "rekorPublicKeyPath", "rekorPublicKeyPaths", "rekorPublicKeyData",
                                   "rekorPublicKeyDatas", "signedIdentity"}));
    for (const auto member : k_keyless)
        if (node[member].is_present()) return NotImplemented{std::format("sigstoreSigned with {}", member)};
    int sources = 0;
    for (const auto* member : {"keyPath", "keyPaths", "keyData", "keyDatas"})
        sources += node[member].is_present() ? 1 : 0;
    if (sources != 1) return node.wrong("one of keyPath, keyPaths, keyData and keyDatas is needed");
    SigstoreSigned wanted;
    RDT_CHECK(read_keys(node["keyPath"], node["keyPaths"], read_key_path, wanted.keys));
    RDT_CHECK(read_keys(node["keyData"], node["keyDatas"], read_key_data, wanted.keys));
    if (node["signedIdentity"].is_present()) {
        RDT_TRY(wanted.identity, parse_identity_rule(node["signedIdentity"]));
    }
    return wanted;
}

Result<Requirement> read_signed_by(const json::Node& node) {
    RDT_CHECK(check_members(node, {"type", "keyType", "keyPath", "keyPaths", "keyData", "signedIdentity"}));
    return NotImplemented{"signedBy (simple signing by GPG keys)"};
}

Result<Requirement> read_requirement(const json::Node& node) {
    RDT_TRY(const auto type, node["type"].string());
    if (type == "sigstoreSigned") return read_sigstore_signed(node);
    if (type == "signedBy") return read_signed_by(node);
    if (type != "insecureAcceptAnything" && type != "reject")
        return node["type"].wrong(std::format("'{}' is no kind of requirement", type.substr(0, 64)));
    RDT_CHECK(check_members(node, {"type"}));
    if (type == "reject") return RejectAll{};
    return AcceptAnything{};
}

Result<std::vector<Requirement>> read_requirements(const json::Node& node) {
    RDT_TRY(const auto nodes, node.array());
    if (nodes.empty()) return node.wrong("is empty: no requirement would be one that all images meet");
    if (nodes.size() > k_max_requirements)
        return fail(Code::resource_exhausted, "{}: more than {} requirements", node.path(),
                    k_max_requirements);
    std::vector<Requirement> requirements;
    for (const auto& one : nodes) {
        RDT_TRY(auto requirement, read_requirement(one));
        requirements.push_back(std::move(requirement));
    }
    return requirements;
}

bool is_qualified(const std::string& text) {
    const auto parsed = parse_reference(text);
    return parsed && parsed->is_qualified();
}

/// A name that no reference can have would be a requirement that no image has to meet.
bool is_scope(const std::string& name) {
    if (name.empty()) return true;
    if (name.starts_with("*.")) return name.find_first_of("/:@*", 2) == std::string::npos && name.size() > 2;
    return is_qualified(name) || is_qualified(name + "/x");
}

/// "registry.example" of "registry.example:5000"; an address in brackets has no domains above it.
std::string host_of(const std::string& registry) {
    return registry.starts_with('[') ? std::string() : registry.substr(0, registry.find(':'));
}

} // namespace

std::vector<std::string> list_scopes(const Reference& reference) {
    std::vector<std::string> names;
    auto name = reference.name();
    if (reference.digest) names.push_back(name + "@" + reference.digest->str());
    const auto tagged = reference.with_default_tag();
    if (!tagged.tag.empty()) names.push_back(name + ":" + tagged.tag);
    for (;;) {
        names.push_back(name);
        const auto slash = name.rfind('/');
        if (slash == std::string::npos) break;
        name.resize(slash);
    }
    auto host = host_of(reference.registry);
    for (auto dot = host.find('.'); dot != std::string::npos; dot = host.find('.')) {
        host.erase(0, dot + 1);
        names.push_back("*." + host);
    }
    return names;
}

Result<SignaturePolicy> SignaturePolicy::parse(std::string_view text) {
    RDT_TRY(const auto document, json::parse("signature policy", text, k_limits));
    const auto root = document.root();
    RDT_CHECK(check_members(root, {"default", "transports"}));
    SignaturePolicy policy;
    RDT_TRY(auto by_default, read_requirements(root["default"]));
    policy.default_ = {"default", std::move(by_default)};
    RDT_TRY(const auto transports, root["transports"].members_or_empty());
    for (const auto& [transport, scopes] : transports) {
        RDT_TRY(const auto members, scopes.members());
        if (transport != "docker") continue;
        if (members.size() > k_max_scopes)
            return fail(Code::resource_exhausted, "{}: more than {} scopes", scopes.path(), k_max_scopes);
        for (const auto& [name, node] : members) {
            if (!is_scope(name))
                return scopes.wrong(
                    std::format("'{}' is not a registry, or a name in one", name.substr(0, 100)));
            RDT_TRY(auto requirements, read_requirements(node));
            policy.docker_.emplace(name, Scope{name, std::move(requirements)});
        }
    }
    return policy;
}

const Scope& SignaturePolicy::scope_of(const Reference& reference) const {
    for (const auto& name : list_scopes(reference))
        if (const auto found = docker_.find(name); found != docker_.end()) return found->second;
    if (const auto all = docker_.find(""); all != docker_.end()) return all->second;
    return default_;
}

} // namespace redoubt::oci::signature
