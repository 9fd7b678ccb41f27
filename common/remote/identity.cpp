// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/remote/identity.hpp"

#include <sys/stat.h>

#include <boost/json/object.hpp>

#include <cerrno>

#include "common/base/durable_file.hpp"
#include "common/base/file.hpp"
#include "common/crypto/certificate.hpp"
#include "common/crypto/self_signed.hpp"
#include "common/encoding/canonical_json.hpp"
#include "common/encoding/json.hpp"

namespace redoubt::remote {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::int64_t k_version = 1;
constexpr std::uint64_t k_largest = 64U << 10U;
constexpr std::chrono::sys_seconds k_from = std::chrono::sys_days(2020y / 1 / 1);
constexpr std::chrono::sys_seconds k_to = std::chrono::sys_days(9999y / 12 / 31); // RFC 5280, 4.1.2.5

Result<Identity> make_identity(const fs::path& file, const std::string& name) {
    RDT_TRY(const auto key, crypto::PrivateKey::generate(crypto::Curve::p256));
    const auto lifetime = std::chrono::duration_cast<std::chrono::days>(k_to - k_from);
    RDT_TRY(const auto der, crypto::make_self_signed(key, name, k_from, lifetime));
    RDT_TRY(auto facts, crypto::read_certificate(der));
    RDT_TRY(auto pem, key.pem());
    const boost::json::object document{{"v", k_version}, {"certificate", facts.pem}, {"key", pem.view()}};
    RDT_TRY(auto text, json::canonical(document));
    text += '\n';
    const auto written = replace_durably(file, text, 0600);
    crypto::wipe(text);
    RDT_CHECK(written);
    return Identity{std::move(facts.pem), std::move(pem), std::move(facts.fingerprint)};
}

Result<Identity> parse_identity(std::string_view text) {
    RDT_TRY(const auto document, json::parse("identity", text));
    const auto root = document.root();
    RDT_TRY(const auto version, root["v"].integer_or(0));
    if (version != k_version) return fail(Code::data_loss, "a version {} that is not known", version);
    RDT_TRY(const auto certificate, root["certificate"].string_or());
    RDT_TRY(auto key, root["key"].string_or());
    RDT_TRY(auto facts, crypto::read_certificate(certificate));
    RDT_CHECK(crypto::check_pair(facts.pem, key));
    return Identity{std::move(facts.pem), crypto::Secret(std::move(key)), std::move(facts.fingerprint)};
}

Status check_private(const fs::path& file) {
    struct stat info{};
    if (::stat(file.c_str(), &info) != 0) return fail_errno(errno, "look at {}", file.native());
    if ((info.st_mode & 077U) == 0) return {};
    return fail(Code::permission_denied,
                "{}: others may read this key; chmod 600 it, or, if they have, move it away", file.native());
}

} // namespace

Result<Identity> load_or_make_identity(const fs::path& file, const std::string& name) {
    std::error_code error;
    const auto status = fs::symlink_status(file, error);
    if (status.type() == fs::file_type::not_found) return make_identity(file, name);
    RDT_CHECK(check_private(file));
    RDT_TRY(auto text, read_file(file, k_largest));
    auto identity = parse_identity(text);
    crypto::wipe(text);
    if (identity) return identity;
    return fail(
        Code::data_loss,
        "{}: this identity is damaged ({}); it is not replaced by itself: put a copy back, or move the "
        "file away for a new identity, with which everything has to be paired again",
        file.native(), identity.error().message);
}

Result<Identity> read_identity_pem(std::string_view text) {
    if (text.size() > k_largest)
        return fail(Code::invalid_argument, "an identity: longer than {} bytes", k_largest);
    RDT_TRY(auto facts, crypto::read_certificate(text));
    RDT_TRY(const auto key, crypto::PrivateKey::parse_pem(text));
    RDT_TRY(auto pem, key.pem());
    RDT_CHECK(crypto::check_pair(facts.pem, pem.view()));
    return Identity{std::move(facts.pem), std::move(pem), std::move(facts.fingerprint)};
}

} // namespace redoubt::remote
