// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/simtee/chain_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <format>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/durable_file.hpp"
#include "common/base/file.hpp"
#include "common/crypto/secret.hpp"
#include "common/encoding/hex.hpp"

namespace redoubt::services::simtee {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view k_unfinished = "unfinished"; // what a try that was cut short leaves
constexpr auto k_lifetime = std::chrono::days(3652);
constexpr mode_t k_secret_mode = 0600;
constexpr mode_t k_public_mode = 0644;
constexpr std::string_view k_readme =
    "REDOUBT SIMULATION - NOT A TEE\n\n"
    "Certificates and collateral of a simulator, made on this machine. Whoever can read the keys beside "
    "them,\n"
    "and whoever is root here, can make evidence that they confirm. A key broker that is given anchors.pem\n"
    "believes them only for tenants whose settings say allow_simulation.\n";

Status make_folder(const fs::path& path, mode_t mode) {
    if (::mkdir(path.c_str(), mode) != 0) return fail_errno(errno, "make folder {}", path.native());
    if (::chmod(path.c_str(), mode) != 0) return fail_errno(errno, "set the mode of {}", path.native());
    return {};
}

Status write_key(const fs::path& path, const crypto::PrivateKey& key) {
    RDT_TRY(const auto pem, key.pem());
    return write_new_durably(path, pem.view(), k_secret_mode);
}

Status write_certificate(const fs::path& path, const tee::Certificate& certificate) {
    RDT_TRY(const auto pem, pem_of(certificate));
    return write_new_durably(path, pem, k_public_mode);
}

Status write_list(const fs::path& path, const Identity& issuer, Validity validity) {
    RDT_TRY(const auto list, make_revocation_list(issuer, {}, validity));
    return write_new_durably(path, list, k_public_mode);
}

/// As the service answers: the body's bytes stay as they were signed.
Status write_document(const fs::path& path, std::string_view member, const PublishedDocument& document) {
    return write_new_durably(path,
                             std::format(R"({{"{}":{},"signature":"{}"}})", member, document.body,
                                         encoding::to_hex(document.signature)),
                             k_public_mode);
}

Result<std::string> marked_bytes(std::size_t size) {
    RDT_TRY(auto bytes, crypto::random_bytes(size));
    bytes.replace(0, 3, "SIM");
    return bytes;
}

Status write_amd(const fs::path& folder, const AmdChain& chain, Validity validity) {
    const auto secrets = folder / "private";
    RDT_CHECK(write_key(secrets / "ark.key", chain.root.key));
    RDT_CHECK(write_key(secrets / "ask.key", chain.signer.key));
    RDT_CHECK(write_key(secrets / "vcek.key", chain.vcek.key));
    const auto shown = folder / "public" / "snp";
    RDT_CHECK(make_folder(shown, 0755));
    RDT_CHECK(write_certificate(shown / "ark.pem", chain.root.certificate));
    RDT_CHECK(write_certificate(shown / "ask.pem", chain.signer.certificate));
    RDT_CHECK(write_certificate(shown / "vcek.pem", chain.vcek.certificate));
    return write_list(shown / "ark.crl", chain.root, validity);
}

Status write_intel(const fs::path& folder, const IntelChain& chain, Validity validity) {
    const auto secrets = folder / "private";
    RDT_CHECK(write_key(secrets / "root.key", chain.root.key));
    RDT_CHECK(write_key(secrets / "pck-authority.key", chain.authority.key));
    RDT_CHECK(write_key(secrets / "pck.key", chain.pck.key));
    RDT_CHECK(write_key(secrets / "tcb-signing.key", chain.tcb_signer.key));
    RDT_TRY(const auto attestation_key, crypto::PrivateKey::generate(crypto::Curve::p256));
    RDT_CHECK(write_key(secrets / "attestation.key", attestation_key));
    const auto shown = folder / "public" / "tdx" / "simulation";
    RDT_CHECK(make_folder(shown.parent_path(), 0755));
    RDT_CHECK(make_folder(shown, 0755));
    RDT_CHECK(write_certificate(shown / "root.pem", chain.root.certificate));
    RDT_CHECK(write_certificate(shown / "pck-authority.pem", chain.authority.certificate));
    RDT_CHECK(write_certificate(shown / "pck.pem", chain.pck.certificate));
    RDT_CHECK(write_certificate(shown / "tcb-signing.pem", chain.tcb_signer.certificate));
    RDT_CHECK(write_list(shown / "root.crl", chain.root, validity));
    RDT_CHECK(write_list(shown / "pck.crl", chain.authority, validity));
    RDT_TRY(const auto tcb_info, make_tcb_info(chain.tcb_signer, validity));
    RDT_CHECK(write_document(shown / "tcbinfo_response.json", "tcbInfo", tcb_info));
    RDT_TRY(const auto qe_identity, make_qe_identity(chain.tcb_signer, validity));
    return write_document(shown / "qeidentity_response.json", "enclaveIdentity", qe_identity);
}

Status write_chains(const fs::path& folder, tee::Time now) {
    const auto from = now - std::chrono::days(1); // clocks of those who verify differ
    const Validity validity{from, from + k_lifetime};
    RDT_TRY(auto chip_id, marked_bytes(64));
    RDT_TRY(auto ppid, marked_bytes(16));
    RDT_TRY(const auto amd, make_amd_chain({.validity = validity, .chip_id = std::move(chip_id)}));
    RDT_TRY(const auto intel, make_intel_chain({.validity = validity, .ppid = std::move(ppid)}));
    RDT_CHECK(make_folder(folder / "private", 0700));
    RDT_CHECK(make_folder(folder / "public", 0755));
    RDT_CHECK(write_amd(folder, amd, validity));
    RDT_CHECK(write_intel(folder, intel, validity));
    RDT_TRY(const auto ark, pem_of(amd.root.certificate));
    RDT_TRY(const auto root, pem_of(intel.root.certificate));
    RDT_CHECK(write_new_durably(folder / "public" / "anchors.pem", ark + root, k_public_mode));
    return write_new_durably(folder / "public" / "README", k_readme, k_public_mode);
}

/// What root made is the service's, whose folder it is.
Status give_to_owner(const fs::path& made, const fs::path& folder) {
    struct stat owner{};
    if (::stat(folder.c_str(), &owner) != 0) return fail_errno(errno, "look at {}", folder.native());
    if (::geteuid() != 0) return {};
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator(made, error))
        if (::lchown(entry.path().c_str(), owner.st_uid, owner.st_gid) != 0)
            return fail_errno(errno, "give {} to its owner", entry.path().native());
    if (error) return fail_errno(error.value(), "read {}", made.native());
    return {};
}

Result<crypto::PrivateKey> load_key(const fs::path& path) {
    struct stat found{};
    if (::stat(path.c_str(), &found) != 0) return fail_errno(errno, "look at {}", path.native());
    if ((found.st_mode & 0077U) != 0)
        return fail(Code::permission_denied, "{}: others may read it; its mode has to be 0600",
                    path.native());
    RDT_TRY(auto pem, read_file(path));
    auto key = crypto::PrivateKey::parse_pem(pem);
    crypto::wipe(pem);
    return std::move(key).transform_error(context("{}", path.native()));
}

Result<tee::Certificate> load_certificate(const fs::path& path) {
    RDT_TRY(const auto pem, read_file(path));
    return tee::Certificate::parse(pem).transform_error(context("{}", path.native()));
}

} // namespace

Status make_chains(const fs::path& folder, tee::Time now) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return fail_errno(error.value(), "make folder {}", folder.native());
    for (const auto* part : {"private", "public"})
        if (fs::exists(folder / part, error))
            return fail(Code::already_exists, "{} is there already: guests it confirmed would be strangers",
                        (folder / part).native());
    const auto unfinished = folder / k_unfinished;
    fs::remove_all(unfinished, error);
    if (error) return fail_errno(error.value(), "remove {}", unfinished.native());
    RDT_CHECK(make_folder(unfinished, 0700));
    RDT_CHECK(write_chains(unfinished, now));
    RDT_CHECK(give_to_owner(unfinished, folder));
    for (const auto* part : {"public", "private"}) {
        fs::rename(unfinished / part, folder / part, error);
        if (error) return fail_errno(error.value(), "move {} into place", (folder / part).native());
    }
    fs::remove(unfinished, error);
    return {};
}

Result<AmdParts> load_amd_parts(const fs::path& folder) {
    const auto shown = folder / "public" / "snp";
    RDT_TRY(auto key, load_key(folder / "private" / "vcek.key"));
    RDT_TRY(auto vcek, load_certificate(shown / "vcek.pem"));
    RDT_TRY(auto signer, load_certificate(shown / "ask.pem"));
    RDT_TRY(auto root, load_certificate(shown / "ark.pem"));
    return AmdParts{{std::move(vcek), std::move(key)}, std::move(signer), std::move(root), {}, {}};
}

Result<IntelParts> load_intel_parts(const fs::path& folder) {
    const auto shown = folder / "public" / "tdx" / "simulation";
    RDT_TRY(auto key, load_key(folder / "private" / "pck.key"));
    RDT_TRY(auto attestation_key, load_key(folder / "private" / "attestation.key"));
    RDT_TRY(auto pck, load_certificate(shown / "pck.pem"));
    RDT_TRY(auto authority, load_certificate(shown / "pck-authority.pem"));
    RDT_TRY(auto root, load_certificate(shown / "root.pem"));
    return IntelParts{{std::move(pck), std::move(key)},
                      std::move(authority),
                      std::move(root),
                      std::move(attestation_key),
                      {}};
}

} // namespace redoubt::services::simtee
