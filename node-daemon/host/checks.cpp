// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/host/checks.hpp"

#include <unistd.h>

#include <format>
#include <system_error>
#include <utility>

#include "common/base/file.hpp"
#include "common/crypto/digest.hpp"
#include "common/encoding/json.hpp"

namespace redoubt::node::host {
namespace {

constexpr std::uint64_t k_gibibyte = 1ULL << 30U;
constexpr std::uint64_t k_low_space = 5 * k_gibibyte;
constexpr std::uint64_t k_no_space = k_gibibyte / 2;
constexpr auto k_guest_remedy =
    "install the redoubt-guest package of this version, or build the guest: ./sdk build";

CheckResult good(std::string name, std::string detail) {
    return {.name = std::move(name), .verdict = Verdict::ok, .detail = std::move(detail), .remedy = {}};
}

CheckResult failed(std::string name, std::string detail, std::string remedy) {
    return {.name = std::move(name),
            .verdict = Verdict::failed,
            .detail = std::move(detail),
            .remedy = std::move(remedy)};
}

CheckResult warning(std::string name, std::string detail, std::string remedy) {
    return {.name = std::move(name),
            .verdict = Verdict::warning,
            .detail = std::move(detail),
            .remedy = std::move(remedy)};
}

/// Fails with data_loss when the file is not what the manifest says.
Status compare_digest(const std::filesystem::path& file, const std::string& expected) {
    RDT_TRY(const auto content, read_file(file, 256U << 20U));
    RDT_TRY(const auto digest, crypto::digest_of(content, crypto::HashAlgorithm::sha384));
    if (digest.hex() == expected) return {};
    return fail(Code::data_loss, "{} has sha384 {}, the manifest says {}", file.native(), digest.hex(),
                expected);
}

Result<GuestManifest> compare_guest(const GuestFiles& files) {
    RDT_TRY(auto manifest, read_guest_manifest(files.manifest));
    RDT_CHECK(compare_digest(files.kernel, manifest.kernel_sha384));
    RDT_CHECK(compare_digest(files.initramfs, manifest.initramfs_sha384));
    RDT_CHECK(compare_digest(files.confidential_initramfs, manifest.confidential_initramfs_sha384));
    return manifest;
}

/// Whether a filter of system calls lies on this process, as the service's unit has it.
bool is_confined() {
    const auto status = read_file("/proc/self/status");
    return status && status->contains("Seccomp:\t2");
}

/// For people to know: a node is well either way.
CheckResult check_rights() {
    const auto user = ::geteuid();
    if (user == 0) return good("rights", "redoubtd is root, and starts VMs and makes networks itself");
    return good("rights", std::format("redoubtd is user {}, which may do no more than redoubt-launcher does "
                                      "for it",
                                      user));
}

} // namespace

Result<GuestManifest> parse_guest_manifest(std::string_view text) {
    RDT_TRY(const auto document, json::parse("guest-manifest.json", text));
    const auto root = document.root();
    RDT_TRY(const auto version, root["version"].integer());
    if (version != 1) return root["version"].wrong(std::format("format {} is not known, only 1", version));
    GuestManifest manifest;
    RDT_TRY(manifest.agent_version, root["agent"]["version"].string());
    RDT_TRY(manifest.kernel_sha384, root["kernel"]["sha384"].string());
    RDT_TRY(manifest.initramfs_sha384, root["initramfs"]["sha384"].string());
    RDT_TRY(manifest.confidential_initramfs_sha384, root["confidential_initramfs"]["sha384"].string());
    return manifest;
}

Result<GuestManifest> read_guest_manifest(const std::filesystem::path& path) {
    RDT_TRY(const auto text, read_file(path, 1U << 20U));
    return parse_guest_manifest(text);
}

std::filesystem::path find_program(const std::string& name) {
    for (const std::filesystem::path folder :
         {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"})
        if (::access((folder / name).c_str(), X_OK) == 0) return folder / name;
    return {};
}

CheckResult check_program(const std::string& name, const std::filesystem::path& path,
                          const std::string& remedy) {
    if (path.empty()) return failed(name, "not found", remedy);
    if (::access(path.c_str(), X_OK) != 0)
        return failed(name, path.native() + ": " + text_of_errno(errno), remedy);
    return good(name, path.native());
}

CheckResult check_accelerator(const AcceleratorChoice& choice) {
    if (choice.accelerator == launch::Accelerator::kvm) return good("accelerator", "kvm: " + choice.reason);
    return warning(
        "accelerator", "tcg: " + choice.reason,
        "enable virtualisation in the firmware, load kvm_intel or kvm_amd, or, on a virtual machine, nested "
        "virtualisation on its host; containers run without it, but slowly");
}

CheckResult check_guest(const GuestFiles& files) {
    const auto manifest = compare_guest(files);
    if (!manifest) return failed("guest image", manifest.error().message, k_guest_remedy);
    return good("guest image",
                std::format("agent {}, kernel {}", manifest->agent_version, files.kernel.native()));
}

CheckResult check_space(const std::filesystem::path& directory) {
    std::error_code error;
    const auto space = std::filesystem::space(directory, error);
    if (error)
        return failed("space", std::format("{}: {}", directory.native(), error.message()),
                      "create the folder");
    const auto detail = std::format("{}: {:.1f} GiB free", directory.native(),
                                    static_cast<double>(space.available) / static_cast<double>(k_gibibyte));
    const std::string remedy =
        "remove images that no container uses (redoubtctl image rm), or put state_dir on a larger disk";
    if (space.available < k_no_space) return failed("space", detail, remedy);
    if (space.available < k_low_space) return warning("space", detail, remedy);
    return good("space", detail);
}

std::vector<CheckResult> check_levels(const RuntimePrograms& programs, launch::IsolationLevel minimum) {
    using launch::IsolationLevel;
    std::vector<CheckResult> results;
    for (const auto level : {IsolationLevel::gvisor, IsolationLevel::runc}) {
        const auto name = "level " + std::string(launch::name_of(level));
        if (level < minimum) {
            results.push_back(good(name, std::format("not allowed here: runtime.minimum_level is {}",
                                                     launch::name_of(minimum))));
            continue;
        }
        const bool is_runc = level == IsolationLevel::runc;
        auto result = check_program(name, is_runc ? programs.runc : programs.runsc,
                                    is_runc ? "install runc, or set runtime.runc"
                                            : "install runsc, or set runtime.runsc");
        if (result.verdict == Verdict::ok) {
            auto keeper = check_program(name, programs.monitor, "install redoubt-node again");
            if (keeper.verdict != Verdict::ok) result = std::move(keeper);
        }
        if (result.verdict == Verdict::ok && is_confined())
            result =
                warning(name, "redoubtd's own sandbox is in the way",
                        "install levels.conf of redoubt-node's examples as a drop-in of redoubtd.service");
        // Containers in VMs run all the same.
        if (result.verdict == Verdict::failed) result.verdict = Verdict::warning;
        results.push_back(std::move(result));
    }
    return results;
}

CheckResult check_firmware(const char* name, std::string_view processor, const std::filesystem::path& file) {
    if (::access(file.c_str(), R_OK) != 0)
        return warning(name,
                       std::format("{}: firmware {}: {}", processor, file.native(), text_of_errno(errno)),
                       "install it, or name another in the settings of confidential");
    return good(name, std::format("{}, firmware {}", processor, file.native()));
}

CheckResult check_confidential(const launch::ConfidentialMeans& means, const AcceleratorChoice& accelerator) {
    constexpr auto k_name = "level confidential";
    const bool is_hardware = means.snp || means.tdx;
    if (is_hardware && accelerator.accelerator != launch::Accelerator::kvm)
        return warning(k_name, "there is a secure processor, but KVM cannot be used: " + accelerator.reason,
                       "mend KVM; nothing else takes its place");
    if (means.snp) return check_firmware(k_name, "SEV-SNP", means.snp->firmware);
    if (means.tdx) return check_firmware(k_name, "TDX", means.tdx->firmware);
    if (means.simulator.empty())
        return good(k_name, "not to be had here: neither SEV-SNP nor TDX, and no simulator is configured");
    if (::access(means.simulator.c_str(), W_OK) != 0)
        return warning(k_name,
                       std::format("simulation: {}: {}", means.simulator.native(), text_of_errno(errno)),
                       "start redoubt-simtee, or empty confidential.simulator");
    return warning(k_name, std::format("simulation by {}: it protects nothing", means.simulator.native()),
                   "use it for trying alone");
}

std::vector<CheckResult> check_processors(const SecureProcessors& processors) {
    const auto judge = [](const char* name, const SecureProcessor& processor, const char* remedy) {
        return processor.offer == Offer::off ? warning(name, processor.detail, remedy)
                                             : good(name, processor.detail);
    };
    return {judge("sev-snp", processors.snp,
                  "enable SEV-SNP in the host's firmware, and boot Linux 6.11 or later with "
                  "kvm_amd.sev_snp=1"),
            judge("tdx", processors.tdx,
                  "enable TDX in the host's firmware, and boot Linux 6.16 or later with kvm_intel.tdx=1")};
}

CheckResult check_cgroups(const std::filesystem::path& root) {
    if (std::filesystem::exists(root / "cgroup.controllers")) return good("cgroups", "version 2");
    if (std::filesystem::exists(root / "memory") || std::filesystem::exists(root / "unified"))
        return warning(
            "cgroups", "version 1",
            "boot the host with systemd.unified_cgroup_hierarchy=1; limits inside VMs hold without it");
    return warning("cgroups", root.native() + " is not mounted",
                   "mount cgroup2 there; limits inside VMs hold without it");
}

std::vector<CheckResult> check_host(const CheckInputs& inputs) {
    std::vector<CheckResult> results{
        check_program("qemu", inputs.qemu, "install qemu-system-x86 (11.1 or later), or set hypervisor.qemu"),
        check_accelerator(inputs.accelerator),
        check_guest(inputs.guest),
        check_program("mkfs.erofs", find_program("mkfs.erofs"), "install erofs-utils"),
        check_program("mkfs.ext4", find_program("mkfs.ext4"), "install e2fsprogs, for volumes"),
        check_space(inputs.state_directory),
        check_cgroups(),
        check_rights(),
    };
    for (auto& level : check_levels(inputs.runtimes, inputs.minimum_level))
        results.push_back(std::move(level));
    for (auto& processor : check_processors(inputs.processors)) results.push_back(std::move(processor));
    results.push_back(check_confidential(inputs.confidential, inputs.accelerator));
    return results;
}

} // namespace redoubt::node::host
