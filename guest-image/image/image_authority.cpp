// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/image/image_authority.hpp"

#include <format>
#include <utility>
#include <variant>

#include "common/crypto/keys.hpp"
#include "common/oci/signature/verify_signed.hpp"

namespace redoubt::guest::image {
namespace {

namespace sig = oci::signature;
using key_release::ResourceSource;

/// What binds the bytes of an image that has met a requirement.
enum class Bound : std::uint8_t { no, by_signature };

Task<std::string> fetch(std::string uri, ResourceSource* resources) {
    if (resources == nullptr) co_return fail(Code::failed_precondition, "{}: this guest asks no broker", uri);
    RDT_CO_TRY(const auto value, co_await resources->get(uri));
    co_return std::string(value.view());
}

Task<std::vector<crypto::PublicKey>> find_keys(std::vector<sig::KeySource> sources,
                                               ResourceSource* resources) {
    std::vector<crypto::PublicKey> keys;
    for (auto& source : sources) {
        const auto name = source.uri.empty() ? std::string("keyData") : source.uri;
        if (!source.uri.empty()) {
            RDT_CO_TRY(source.pem, co_await fetch(source.uri, resources));
        }
        auto key = crypto::PublicKey::parse(source.pem);
        if (!key) co_return std::unexpected(key.error().within(name));
        keys.push_back(*std::move(key));
    }
    co_return keys;
}

/// "kbs:///a/b/c or a key in the policy"
std::string words_of(const std::vector<sig::KeySource>& sources) {
    std::string words;
    for (const auto& source : sources)
        words += (words.empty() ? "" : " or ") + (source.uri.empty() ? "the key in keyData" : source.uri);
    return words;
}

Task<Bound> check_signed(sig::SigstoreSigned wanted, sig::ImageInQuestion image,
                         std::vector<sig::StoredSignature> signatures, ResourceSource* resources) {
    const auto in_front = context("wants a signature by {}", words_of(wanted.keys));
    // Without one there is no need of the key.
    if (signatures.empty())
        co_return sig::verify_signed(image, wanted.identity, {}, {})
            .transform([] { return Bound::no; })
            .transform_error(in_front);
    auto keys = co_await find_keys(std::move(wanted.keys), resources);
    if (!keys) co_return std::unexpected(in_front(keys.error()));
    co_return sig::verify_signed(image, wanted.identity, *keys, signatures)
        .transform([] { return Bound::by_signature; })
        .transform_error(in_front);
}

Task<Bound> check_requirement(sig::Requirement requirement, sig::ImageInQuestion image,
                              std::vector<sig::StoredSignature> signatures, ResourceSource* resources) {
    if (std::holds_alternative<sig::AcceptAnything>(requirement)) co_return Bound::no;
    if (std::holds_alternative<sig::RejectAll>(requirement))
        co_return fail(Code::permission_denied, "rejects every image");
    if (const auto* other = std::get_if<sig::NotImplemented>(&requirement))
        co_return fail(Code::unimplemented, "wants {}, which is not implemented", other->what);
    co_return co_await check_signed(std::get<sig::SigstoreSigned>(std::move(requirement)), std::move(image),
                                    std::move(signatures), resources);
}

Task<void> check_scope(sig::Scope scope, sig::ImageInQuestion image,
                       std::vector<sig::StoredSignature> signatures, ResourceSource* resources) {
    auto bound = Bound::no;
    for (auto& requirement : scope.requirements) {
        auto met = co_await check_requirement(std::move(requirement), image, signatures, resources);
        if (!met)
            co_return std::unexpected(
                Error{met.error().code, std::format("scope '{}' {}", scope.name, met.error().message)});
        if (*met == Bound::by_signature) bound = *met;
    }
    if (bound == Bound::no && !image.reference.digest)
        co_return fail(Code::failed_precondition,
                       "scope '{}' accepts anything, and the reference names no digest: nothing says which "
                       "image it may be",
                       scope.name);
    co_return Status{};
}

} // namespace

Result<ImageAuthority> ImageAuthority::make(initdata::ImageSettings settings) {
    ImageAuthority authority;
    authority.policy_uri_ = std::move(settings.policy_uri);
    if (!settings.policy.empty()) {
        RDT_TRY(authority.policy_, sig::SignaturePolicy::parse(settings.policy));
    }
    return authority;
}

Task<sig::SignaturePolicy> ImageAuthority::current_policy(ResourceSource* resources) const {
    if (policy_) co_return *policy_;
    // Each time: its owner may have changed it meanwhile.
    RDT_CO_TRY(const auto text, co_await fetch(policy_uri_, resources));
    co_return sig::SignaturePolicy::parse(text).transform_error(context("{}", policy_uri_));
}

Task<void> ImageAuthority::authorise(BroughtImage image, ResourceSource* resources) const {
    RDT_CO_TRY(auto reference, oci::parse_reference(image.reference));
    // Whoever asks has compared it already; here it decides.
    if (reference.digest && *reference.digest != image.manifest)
        co_return fail(Code::data_loss, "its manifest is {}", image.manifest.str());
    if (!policy_ && policy_uri_.empty()) {
        if (reference.digest) co_return Status{};
        co_return fail(Code::failed_precondition,
                       "the reference names no digest, and initdata has no signature policy: nothing says "
                       "which image it may be");
    }
    if (!reference.is_qualified())
        co_return fail(Code::invalid_argument,
                       "the reference names no registry, so no scope of a signature policy is its own");
    RDT_CO_TRY(const auto policy, co_await current_policy(resources));
    auto scope = policy.scope_of(reference);
    sig::ImageInQuestion asked{std::move(reference), std::move(image.manifest)};
    co_return co_await check_scope(std::move(scope), std::move(asked), std::move(image.signatures),
                                   resources);
}

} // namespace redoubt::guest::image
