// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/access_setup.hpp"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
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

/// Whose members show the code to whoever stands before the node; only nodes of the host image have it.
constexpr const char* k_screen_group = "redoubt-screen";

/// With this mode whatever the umask is, which under systemd keeps everything from others.
Status write_for(const std::filesystem::path& file, const std::string& line, mode_t mode) {
    RDT_CHECK(write_file(file, line + "\n", mode));
    if (::chmod(file.c_str(), mode) != 0) return fail_errno(errno, "set the mode of {}", file.native());
    return {};
}

/// The code is for the screen alone: without the group nobody else may read it.
void show_code(const std::filesystem::path& file, const std::string& code) {
    group entry{};
    group* found = nullptr;
    std::array<char, 4096> buffer{};
    if (::getgrnam_r(k_screen_group, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
        return;
    auto shown = write_for(file, code, 0640);
    if (shown && ::chown(file.c_str(), static_cast<uid_t>(-1), found->gr_gid) != 0)
        shown = fail_errno(errno, "give {} to the group {}", file.native(), k_screen_group);
    if (!shown) log::warning("the screen does not show the pairing code: " + shown.error().message);
}

} // namespace

std::filesystem::path pairing_file(const Config& config) {
    return config.runtime_dir / "pairing";
}

std::filesystem::path fingerprint_file(const Config& config) {
    return config.runtime_dir / "fingerprint";
}

Result<std::unique_ptr<access::Access>> open_access(const Config& config) {
    RDT_TRY(auto store, access::AccessStore::open(config.state_dir / "access.db", time_of_record));
    auto opened =
        std::make_unique<access::Access>(std::move(store), [] { return std::chrono::steady_clock::now(); });
    if (config.broker.tls_identity.empty()) {
        RDT_TRY(auto identity,
                remote::load_or_make_identity(config.state_dir / "node-identity.json", "redoubt-node"));
        opened->present(std::move(identity));
    } else {
        opened->lose_identity("its key broker, which keeps it, has not answered yet");
    }
    opened->keep_recovery_key(
        {config.state_dir / "recovery-key", config.runtime_dir / "recovery-key-fetched"});
    return opened;
}

Status admit_administrators(access::Access& access, const Config& config) {
    if (!config.remote.admin_certificate.empty())
        RDT_CHECK(access.add_from_file(config.remote.admin_certificate)
                      .transform_error(context("remote.admin_certificate")));
    RDT_TRY(const auto identity, access.identity());
    RDT_CHECK(write_for(fingerprint_file(config), identity->fingerprint.str(), 0644));
    RDT_TRY(const auto pairing, access.open_if_unmanaged());
    std::error_code ignored; // of a former life
    std::filesystem::remove(pairing_file(config), ignored);
    if (!pairing) return {};
    show_code(pairing_file(config), pairing->code);
    log::warning("nobody manages this node yet: pair with it in the next ten minutes",
                 {{"CODE", pairing->code},
                  {"FINGERPRINT", identity->fingerprint.str()},
                  {"LISTEN", config.remote.listen}});
    return {};
}

} // namespace redoubt::node
