// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/commands.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <limits>

#include "common/base/file.hpp"
#include "common/crypto/self_signed.hpp"
#include "common/encoding/base64.hpp"
#include "common/encoding/json.hpp"
#include "common/log/log.hpp"
#include "services/key_broker/tenant.hpp"
#include "services/kms/folder_owner.hpp"
#include "services/kms/tpm_slot.hpp"

namespace redoubt::services {
namespace {

namespace bj = boost::json;
namespace kind = store::kind;

constexpr std::size_t k_max_passphrase = 4096;
constexpr std::size_t k_max_signatures = 1U << 20U;
constexpr std::chrono::days k_certificate_lifetime{3650};
const store::ObjectName k_token_key{"", std::string(kind::k_server_key), "token"};

Result<std::string> make_token_key(const Config& config) {
    RDT_TRY(const auto key, crypto::PrivateKey::generate(crypto::Curve::p256));
    RDT_TRY(const auto certificate,
            crypto::make_self_signed(key, config.protocol.token_issuer, now(), k_certificate_lifetime));
    RDT_TRY(const auto pem, key.pem());
    return bj::serialize(bj::object{{"key", pem.view()}, {"certificate", encoding::to_base64(certificate)}});
}

/// A secret of one line: from the file, or the service manager's credential of that name.
Result<crypto::Secret> read_credential(std::filesystem::path file, std::string_view key,
                                       std::string_view credential) {
    if (file.empty()) {
        const char* folder = std::getenv("CREDENTIALS_DIRECTORY"); // NOLINT(concurrency-mt-unsafe): at start
        if (folder == nullptr)
            return fail(Code::failed_precondition,
                        "nothing to open the store with: set {}, or pass the credential '{}'", key,
                        credential);
        file = std::filesystem::path(folder) / credential;
    }
    RDT_TRY(auto text,
            read_file(file, k_max_passphrase).transform_error(context("{} {}", credential, file.native())));
    while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
    return crypto::Secret(std::move(text));
}

/// What root made here is the service's, whose folder it is.
Status give_to_owner(const std::filesystem::path& folder) {
    struct stat owner{};
    if (::stat(folder.c_str(), &owner) != 0) return fail_errno(errno, "{}", folder.native());
    if (::geteuid() != 0) return {};
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().filename().native().starts_with("trust.db") &&
            ::lchown(entry.path().c_str(), owner.st_uid, owner.st_gid) != 0)
            return fail_errno(errno, "give {} to its owner", entry.path().native());
    return {};
}

} // namespace

tee::Time now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::string now_text() {
    return tee::render_time(now());
}

Result<InstanceLock> InstanceLock::take(const std::filesystem::path& folder) {
    const auto file = folder / "lock";
    RDT_TRY(auto fd, open_file(file, O_RDWR | O_CREAT | O_NOFOLLOW, 0600));
    RDT_CHECK(kms::give_to_folders_owner(fd.get(), folder)); // the service will want to open it
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
        return fail(Code::failed_precondition, "{}: another redoubt-kbs has this store", folder.native());
    return InstanceLock(std::move(fd));
}

namespace {

/// What is at hand to open slots with. What is missing is an error only where a slot needs it.
struct Unsealing {
    Result<crypto::Secret> passphrase;
    Result<crypto::Secret> pin;
};

Result<kms::RootKey> unlock(const json::Node& slot, std::string_view store_id, const Unsealing& at_hand,
                            const Config& config) {
    const auto slot_kind = slot["kind"].string_or().value_or("");
    if (slot_kind == "passphrase" && at_hand.passphrase)
        return kms::open_by_passphrase(slot, store_id, *at_hand.passphrase);
    const bool has_tpm = !config.unseal.tpm.empty();
    if (slot_kind == "tpm" && has_tpm) {
        if (!at_hand.pin) return std::unexpected(at_hand.pin.error());
        return kms::open_by_tpm(slot, store_id, *at_hand.pin, {config.unseal.tpm});
    }
    if (slot_kind == "tpm-boot" && has_tpm) {
        RDT_TRY(const auto signatures, read_file(config.unseal.tpm_pcr_signature, k_max_signatures)
                                           .transform_error(context("unseal.tpm_pcr_signature")));
        return kms::open_by_boot(slot, store_id, signatures, at_hand.pin ? &*at_hand.pin : nullptr,
                                 {config.unseal.tpm});
    }
    return fail(Code::unimplemented, "nothing at hand opens a slot of kind '{}'", slot_kind);
}

store::TrustStore::CounterOf counter_of(const Config& config) {
    if (config.rollback.counter == "off") return {};
    return [config](const kms::RootKey& root,
                    std::string_view store_id) -> Result<std::unique_ptr<kms::RollbackCounter>> {
        if (config.rollback.counter == "file")
            return kms::make_file_counter(root, store_id, config.rollback.file);
        return kms::make_tpm_counter(root, store_id,
                                     {.tpm = {config.unseal.tpm},
                                      .index = static_cast<std::uint32_t>(config.rollback.tpm_index),
                                      .least_pause = config.rollback.tpm_pause});
    };
}

using Rule = store::TrustStore::CounterRule;

Result<std::unique_ptr<store::TrustStore>> open_store_at(const Config& config,
                                                         const std::filesystem::path& file, Rule rule) {
    const bool has_tpm = !config.unseal.tpm.empty();
    const Unsealing at_hand{read_passphrase(config),
                            has_tpm ? read_tpm_pin(config) : Result<crypto::Secret>(crypto::Secret())};
    if (!at_hand.passphrase && !has_tpm) return std::unexpected(at_hand.passphrase.error());
    return store::TrustStore::open(
        file,
        [&](const json::Node& slot, std::string_view store_id) {
            return unlock(slot, store_id, at_hand, config);
        },
        now_text, counter_of(config), rule);
}

} // namespace

Result<std::unique_ptr<store::TrustStore>> open_store(const Config& config) {
    return open_store_at(config, config.store_file(), Rule::checked);
}

Result<crypto::Secret> read_passphrase(const Config& config) {
    return read_credential(config.unseal.passphrase_file, "unseal.passphrase_file", "passphrase");
}

Result<crypto::Secret> read_tpm_pin(const Config& config) {
    return read_credential(config.unseal.tpm_pin_file, "unseal.tpm_pin_file", "tpm-pin");
}

Status initialise(const Config& config) {
    RDT_TRY(const auto passphrase, read_passphrase(config));
    std::error_code error;
    std::filesystem::create_directories(config.state_dir, error);
    if (error) return fail_errno(error.value(), "make folder {}", config.state_dir.native());
    const crypto::PassphraseCost cost{static_cast<std::uint32_t>(config.unseal.memory >> 10U),
                                      static_cast<std::uint32_t>(config.unseal.passes)};
    const auto file = config.store_file();
    RDT_TRY(const auto lock, InstanceLock::take(config.state_dir));
    RDT_CHECK(store::TrustStore::create(file, passphrase, cost, now_text));
    RDT_TRY(const auto opened, store::TrustStore::open(file, store::by_passphrase(passphrase), now_text,
                                                       counter_of(config), Rule::made_anew));
    RDT_TRY(auto token_key, make_token_key(config));
    const std::vector<store::Change> changes{
        {k_token_key, token_key, "system"},
        {{"", std::string(kind::k_tenant), std::string(key_broker::k_default_tenant)}, "{}", "system"}};
    const auto entry = store::system_entry("store.create", "store/" + opened->id());
    const auto written = opened->write(changes, {{entry}});
    crypto::wipe(token_key);
    if (written) RDT_CHECK(opened->settle());
    if (written) RDT_CHECK(give_to_owner(config.state_dir));
    return written;
}

Result<attestation::TokenIssuer> load_issuer(store::TrustStore& store, const Config& config) {
    RDT_TRY(const auto object, store.get(k_token_key));
    RDT_TRY(const auto document, json::parse("token key", object.value.view()));
    RDT_TRY(auto pem, document.root()["key"].string());
    RDT_TRY(const auto encoded, document.root()["certificate"].string());
    RDT_TRY(const auto certificate, encoding::from_base64(encoded));
    RDT_TRY(auto key, crypto::PrivateKey::parse_pem(pem));
    crypto::wipe(pem);
    return attestation::TokenIssuer::make(
        std::move(key), certificate,
        {config.protocol.token_issuer,
         std::chrono::duration_cast<std::chrono::seconds>(config.protocol.token_lifetime)});
}

Status verify_audit(const Config& config, const std::filesystem::path& lines) {
    store::AuditVerifier verifier;
    if (lines.empty()) {
        RDT_CHECK(store::read_audit_lines(config.store_file(),
                                          [&](std::string_view line) { return verifier.next(line); }));
    } else {
        std::ifstream file(lines);
        if (!file) return fail(Code::not_found, "no file {}", lines.native());
        for (std::string line; std::getline(file, line);) RDT_CHECK(verifier.next(line));
    }
    std::cout << std::format("{} records, unbroken; the last has hash {}\n", verifier.count(),
                             verifier.head());
    return {};
}

Status export_audit(const Config& config) {
    return store::read_audit_lines(config.store_file(), [](std::string_view line) {
        std::cout << line << '\n';
        return Status();
    });
}

Status back_up(const Config& config, const std::filesystem::path& file) {
    std::error_code error;
    if (std::filesystem::exists(file, error))
        return fail(Code::already_exists, "{} is there already", file.native());
    RDT_TRY(const auto made, open_file(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
    return store::copy_store(config.store_file(), file);
}

Status renew_keys(const Config& config, const std::string& tenant) {
    RDT_TRY(const auto lock, InstanceLock::take(config.state_dir));
    RDT_TRY(const auto store, open_store(config));
    auto tenants = std::vector{tenant};
    if (tenant.empty()) {
        RDT_TRY(tenants, store->tenants_with_keys());
    }
    for (const auto& name : tenants) {
        auto entry = store::system_entry("tenant.rekey", "tenant/" + name);
        entry.tenant = name;
        RDT_CHECK(store->renew_tenant_key(name, entry));
    }
    return store->settle();
}

namespace {

void remove_store(const std::filesystem::path& file) {
    for (const auto* end : {"", "-wal", "-shm"}) ::unlink((file.native() + end).c_str());
}

/// The store that was there, out of the way; and what SQLite keeps beside it.
Status put_aside(const std::filesystem::path& file) {
    remove_store(file.native() + ".replaced");
    for (const auto* end : {"", "-wal", "-shm"}) {
        const auto from = file.native() + end;
        const auto to = file.native() + ".replaced" + end;
        if (std::rename(from.c_str(), to.c_str()) != 0 && errno != ENOENT)
            return fail_errno(errno, "rename {}", from);
    }
    return {};
}

/// Length and end of a store's audit log, which takes no key.
bj::object log_end(const std::filesystem::path& file) {
    store::AuditVerifier verifier;
    const auto read =
        store::read_audit_lines(file, [&](std::string_view line) { return verifier.next(line); });
    if (!read) return {{"unreadable", read.error().message}};
    return {{"records", verifier.count()}, {"head", verifier.head()}};
}

/// The user who runs this, and as whom he logged in, where the kernel knows.
bj::object user() {
    bj::object who{{"uid", ::getuid()}};
    const auto login = read_file("/proc/self/loginuid");
    std::uint32_t uid = 0;
    if (login && std::from_chars(login->data(), login->data() + login->size(), uid).ec == std::errc() &&
        uid != std::numeric_limits<std::uint32_t>::max())
        who["login_uid"] = uid;
    return who;
}

/// A copy that has been found good, that says what it was restored over, and that the counter belongs to from
/// here on.
Status stage_copy(const Config& config, const std::filesystem::path& file,
                  const std::filesystem::path& staged) {
    std::error_code error;
    std::filesystem::copy_file(file, staged, error);
    if (error) return fail_errno(error.value(), "copy {}", file.native());
    if (::chmod(staged.c_str(), 0600) != 0) return fail_errno(errno, "{}", staged.native());
    store::AuditVerifier verifier;
    RDT_CHECK(store::read_audit_lines(staged, [&](std::string_view line) {
                  return verifier.next(line);
              }).transform_error(context("{}", file.native())));
    // Nobody approves this: whoever may run it has the file and what opens it. So the log says all of it.
    const auto entry = store::system_entry(
        "store.restore", "store",
        {{"copy", log_end(staged)}, {"replaced", log_end(config.store_file())}, {"by", user()}});
    RDT_TRY(const auto store, open_store_at(config, staged, Rule::taken));
    RDT_CHECK(store->write({}, {{entry}}));
    return store->settle();
}

} // namespace

Status restore(const Config& config, const std::filesystem::path& file) {
    RDT_TRY(const auto lock, InstanceLock::take(config.state_dir));
    const std::filesystem::path staged = config.store_file().native() + ".restoring";
    remove_store(staged);
    auto put = stage_copy(config, file, staged).and_then([&] { return put_aside(config.store_file()); });
    if (put && std::rename(staged.c_str(), config.store_file().c_str()) != 0)
        put = fail_errno(errno, "put {} into place", config.store_file().native());
    if (!put) {
        remove_store(staged);
        return put;
    }
    log::warning("the store was replaced by a copy, which may be earlier",
                 {{"COPY", file.native()}, {"KEPT", config.store_file().native() + ".replaced"}});
    return give_to_owner(config.state_dir);
}

} // namespace redoubt::services
