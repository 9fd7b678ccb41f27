// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/confidential/guest_secrets.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <string_view>
#include <utility>

#include "guest-image/agent/confidential/volume_key.hpp"
#include "guest-image/key_release/sealed_secret.hpp"

namespace redoubt::guest::confidential {
namespace {

/// As `echo` and editors leave it.
std::string_view without_line_end(std::string_view text) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    return text;
}

/// A sealed secret is one word. A document that only begins like one is a document.
bool is_sealed_file(std::string_view text) {
    return key_release::is_sealed(text) && text.find_first_of(" \t\r\n") == std::string_view::npos;
}

} // namespace

Result<image::PullRequest> GuestSecrets::read_request(const std::string& source,
                                                      const std::vector<std::string>& driver_options) {
    return image::parse_pull_request(source, driver_options);
}

Task<std::vector<std::string>> GuestSecrets::pull(image::PullRequest request, image::PullDisks disks,
                                                  UniqueFd scratch) {
    co_return co_await image::pull(
        std::move(request), std::move(disks), std::move(scratch),
        {.authority = *images_,
         .resources = resources_,
         .note = [this](const std::string& reference, const crypto::Digest& digest) {
             return note_image(reference, digest.str());
         }});
}

/// In the words of Confidential Containers' data hub. Without a register nothing pretends that one was
/// extended.
Task<> GuestSecrets::note_image(std::string reference, std::string digest) {
    if (attester_ == nullptr) co_return Status{};
    auto content = boost::json::serialize(
        boost::json::object{{"image", std::move(reference)}, {"digest", std::move(digest)}});
    auto noted =
        co_await attester_->note({"github.com/confidential-containers", "PullImage", std::move(content)});
    if (!noted && noted.error().code == Code::unimplemented) co_return Status{};
    co_return std::move(noted).transform_error(context("measure the image"));
}

Task<std::vector<std::string>> GuestSecrets::unseal(std::vector<std::string> variables) {
    if (resources_ == nullptr) co_return variables;
    for (auto& variable : variables) {
        const auto equals = variable.find('=');
        if (equals == std::string::npos ||
            !key_release::is_sealed(std::string_view(variable).substr(equals + 1)))
            continue;
        const auto name = variable.substr(0, equals + 1);
        const auto value = co_await key_release::unseal(*resources_, variable.substr(equals + 1));
        if (!value) co_return std::unexpected(value.error().within("variable " + name));
        if (value->view().contains('\0'))
            co_return fail(Code::invalid_argument, "variable {} a zero byte", name);
        variable = name + std::string(value->view());
    }
    co_return variables;
}

Task<std::string> GuestSecrets::unseal_file(std::string bytes) {
    const auto words = without_line_end(bytes);
    if (resources_ == nullptr || !is_sealed_file(words)) co_return bytes;
    RDT_CO_TRY(const auto value, co_await key_release::unseal(*resources_, std::string(words)));
    co_return std::string(value.view());
}

Task<std::unique_ptr<mount::VolumeKey>> GuestSecrets::volume_key(std::string uri) {
    if (resources_ == nullptr)
        co_return fail(Code::failed_precondition, "{}: there is no broker to ask", uri.substr(0, 200));
    RDT_CO_TRY(auto secret, co_await resources_->get(uri));
    co_return make_volume_key(std::move(secret), std::move(uri));
}

} // namespace redoubt::guest::confidential
