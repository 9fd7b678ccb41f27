// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/confidential/guest_secrets.hpp"

#include <string_view>
#include <utility>

#include "guest-image/key_release/sealed_secret.hpp"

namespace redoubt::guest::confidential {

Result<image::PullRequest> GuestSecrets::read_request(const std::string& source,
                                                      const std::vector<std::string>& driver_options) {
    return image::parse_pull_request(source, driver_options);
}

Task<std::vector<std::string>> GuestSecrets::pull(image::PullRequest request, image::PullDisks disks,
                                                  UniqueFd scratch) {
    co_return co_await image::pull(std::move(request), std::move(disks), std::move(scratch),
                                   {.authority = *images_, .resources = resources_});
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

} // namespace redoubt::guest::confidential
