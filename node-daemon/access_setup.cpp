// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/access_setup.hpp"

#include <chrono>
#include <format>

#include "common/base/file.hpp"
#include "common/log/log.hpp"

namespace redoubt::node {
namespace {

std::string time_of_record() {
    return std::format("{:%FT%TZ}",
                       std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()));
}

} // namespace

std::filesystem::path fingerprint_file(const Config& config) {
    return config.runtime_dir / "fingerprint";
}

Result<std::unique_ptr<access::Access>> open_access(const Config& config) {
    RDT_TRY(auto identity,
            remote::load_or_make_identity(config.state_dir / "node-identity.json", "redoubt-node"));
    RDT_TRY(auto store, access::AccessStore::open(config.state_dir / "access.db", time_of_record));
    return std::make_unique<access::Access>(std::move(identity), std::move(store),
                                            [] { return std::chrono::steady_clock::now(); });
}

Status admit_administrators(access::Access& access, const Config& config) {
    if (!config.remote.admin_certificate.empty())
        RDT_CHECK(access.add_from_file(config.remote.admin_certificate)
                      .transform_error(context("remote.admin_certificate")));
    RDT_CHECK(write_file(fingerprint_file(config), access.identity().fingerprint.str() + "\n"));
    RDT_TRY(const auto pairing, access.open_if_unmanaged());
    if (!pairing) return {};
    log::warning("nobody manages this node yet: pair with it in the next ten minutes",
                 {{"CODE", pairing->code},
                  {"FINGERPRINT", access.identity().fingerprint.str()},
                  {"LISTEN", config.remote.listen}});
    return {};
}

} // namespace redoubt::node
