// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/hypervisor/qemu/machine_args.hpp"

#include <sys/un.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <format>
#include <variant>

#include "common/encoding/base64.hpp"

namespace redoubt::node::hypervisor::qemu {
namespace {

using launch::Accelerator;
using launch::SimulatedLaunch;
using launch::SnpLaunch;
using launch::TdxLaunch;

constexpr std::uint64_t k_mebibyte = 1U << 20U;
// Translated code of a guest under emulation; the default of 1 GiB would count against every VM's memory.
constexpr int k_tcg_cache_mebibytes = 64;

constexpr std::size_t k_host_data_size = 32;
constexpr std::size_t k_mr_config_id_size = 48;
constexpr std::size_t k_id_block_size = 96;
constexpr std::size_t k_id_auth_size = 4096;
// AMD 56860, guest policy.
constexpr std::uint64_t k_always_one = 1ULL << 17U;
constexpr std::uint64_t k_may_migrate = 1ULL << 18U;
constexpr std::uint64_t k_may_debug = 1ULL << 19U;
constexpr std::uint64_t k_td_may_debug = 1;

// The timer and the interrupt controller of a PC stay: under emulation the guest calibrates its own against
// them.
constexpr std::string_view k_microvm =
    "microvm,acpi=off,pit=on,pic=on,rtc=on,isa-serial=off,auto-kernel-cmdline=on";
/// What of a PC no guest of ours uses is not there.
constexpr std::string_view k_q35 = "q35,smm=off,vmport=off,hpet=off,i8042=off,sata=off,smbus=off";

Status check_size(const launch::VmSpec& spec, std::string_view what, std::size_t size, std::size_t wanted) {
    if (size == wanted) return {};
    return fail(Code::invalid_argument, "vm {}: {} of {} bytes, where {} belong", spec.id, what, size,
                wanted);
}

Status check_hardware(const launch::VmSpec& spec, const std::filesystem::path& firmware) {
    if (spec.accelerator != Accelerator::kvm)
        return fail(Code::invalid_argument, "vm {}: a secure processor needs KVM", spec.id);
    if (!firmware.is_absolute())
        return fail(Code::invalid_argument, "vm {}: '{}' is no file of a firmware", spec.id,
                    firmware.native());
    return {};
}

Status check(const launch::VmSpec& spec, const SimulatedLaunch& simulated) {
    RDT_CHECK(check_size(spec, "host data", simulated.host_data.size(), k_host_data_size));
    // A comma would begin another property of QEMU's option.
    const auto& path = simulated.simulator.native();
    if (!simulated.simulator.is_absolute() || path.contains(',') ||
        path.size() >= sizeof(sockaddr_un{}.sun_path))
        return fail(Code::invalid_argument, "vm {}: the simulator's socket '{}' is no absolute path for one",
                    spec.id, path);
    return {};
}

Status check(const launch::VmSpec& spec, const SnpLaunch& snp) {
    RDT_CHECK(check_hardware(spec, snp.firmware));
    RDT_CHECK(check_size(spec, "host data", snp.host_data.size(), k_host_data_size));
    if ((snp.policy & k_always_one) == 0 || (snp.policy & (k_may_migrate | k_may_debug)) != 0)
        return fail(Code::invalid_argument,
                    "vm {}: guest policy {:#x} allows debugging or migration, or is "
                    "none",
                    spec.id, snp.policy);
    if (!snp.id_block.empty() || !snp.id_auth.empty()) {
        RDT_CHECK(check_size(spec, "id block", snp.id_block.size(), k_id_block_size));
        RDT_CHECK(check_size(spec, "id block's authentication", snp.id_auth.size(), k_id_auth_size));
    }
    if (snp.cpu_model.empty() || snp.cpu_model.contains(','))
        return fail(Code::invalid_argument, "vm {}: '{}' is no CPU model", spec.id, snp.cpu_model);
    return {};
}

Status check(const launch::VmSpec& spec, const TdxLaunch& tdx) {
    RDT_CHECK(check_hardware(spec, tdx.firmware));
    RDT_CHECK(check_size(spec, "MRCONFIGID", tdx.mr_config_id.size(), k_mr_config_id_size));
    if ((tdx.attributes & k_td_may_debug) != 0)
        return fail(Code::invalid_argument, "vm {}: attributes {:#x} allow debugging", spec.id,
                    tdx.attributes);
    return {};
}

boost::json::object launch_object(const SnpLaunch& snp, std::string device) {
    boost::json::object object{{"qom-type", "sev-snp-guest"},
                               {"id", "tee0"},
                               {"sev-device", std::move(device)},
                               {"cbitpos", snp.c_bit},
                               {"reduced-phys-bits", snp.reduced_phys_bits},
                               {"kernel-hashes", true}, // a direct boot is measured, or is none
                               {"policy", snp.policy},
                               {"host-data", encoding::to_base64(snp.host_data)}};
    if (snp.id_block.empty()) return object;
    object["id-block"] = encoding::to_base64(snp.id_block);
    object["id-auth"] = encoding::to_base64(snp.id_auth);
    object["author-key-enabled"] = snp.has_author_key;
    return object;
}

boost::json::object launch_object(const TdxLaunch& tdx) {
    boost::json::object object{{"qom-type", "tdx-guest"},
                               {"id", "tee0"},
                               {"attributes", tdx.attributes},
                               {"mrconfigid", encoding::to_base64(tdx.mr_config_id)}};
    if (tdx.quote_service_port != 0)
        object["quote-generation-socket"] = boost::json::object{
            {"type", "vsock"}, {"cid", "2"}, {"port", std::to_string(tdx.quote_service_port)}};
    return object;
}

void add_firmware(CommandBuilder& builder, const std::filesystem::path& firmware) {
    const int fd = builder.inherit(FdRole::firmware, firmware, /*is_writable=*/false);
    builder.add("-bios", std::format("/proc/self/fd/{}", fd));
}

/// Memory that only the guest has, and the kernel turns shared page by page.
void add_guest_memory(CommandBuilder& builder, const launch::VmSpec& spec, bool is_shared) {
    boost::json::object memory{
        {"qom-type", "memory-backend-memfd"}, {"id", "ram0"}, {"size", spec.memory_bytes}};
    if (is_shared) memory["share"] = true;
    builder.add("-object", boost::json::serialize(memory));
}

std::string confidential_machine(std::string_view machine, std::string_view more = "") {
    // No other process of the host finds the guest's pages by looking for equal ones, and none is left of
    // them.
    return std::format("{}{},dump-guest-core=off,mem-merge=off", machine, more);
}

constexpr auto k_processor = ",confidential-guest-support=tee0,memory-backend=ram0";

void add_accelerator(CommandBuilder& builder, const launch::VmSpec& spec) {
    if (spec.accelerator == Accelerator::kvm) {
        const auto device = builder.add_fdset(FdRole::kvm, "/dev/kvm", /*is_writable=*/true);
        builder.add("-accel", "kvm,device=" + device);
        return;
    }
    builder.add("-accel", std::format("tcg,tb-size={}", k_tcg_cache_mebibytes));
}

const char* ordinary_cpu(const launch::VmSpec& spec) {
    return spec.accelerator == Accelerator::kvm ? "host" : "max";
}

void add_machine_of(CommandBuilder& builder, const launch::VmSpec& spec, const SimulatedLaunch& simulated) {
    builder.add("-machine", confidential_machine(simulated.firmware.empty() ? k_microvm : k_q35));
    add_accelerator(builder, spec);
    builder.add("-cpu", ordinary_cpu(spec));
    if (!simulated.firmware.empty()) add_firmware(builder, simulated.firmware);
}

void add_machine_of(CommandBuilder& builder, const launch::VmSpec& spec, const SnpLaunch& snp) {
    builder.add("-machine", confidential_machine(k_q35, k_processor));
    add_accelerator(builder, spec);
    builder.add("-cpu", snp.cpu_model);
    add_guest_memory(builder, spec, /*is_shared=*/true);
    const int device = builder.inherit(FdRole::secure_processor, "/dev/sev", /*is_writable=*/true);
    builder.add("-object",
                boost::json::serialize(launch_object(snp, std::format("/proc/self/fd/{}", device))));
    add_firmware(builder, snp.firmware);
}

void add_machine_of(CommandBuilder& builder, const launch::VmSpec& spec, const TdxLaunch& tdx) {
    builder.add("-machine", confidential_machine(k_q35, std::format("{},kernel-irqchip=split", k_processor)));
    add_accelerator(builder, spec);
    builder.add("-cpu", "host");
    add_guest_memory(builder, spec, /*is_shared=*/false);
    builder.add("-object", boost::json::serialize(launch_object(tdx)));
    add_firmware(builder, tdx.firmware);
}

/// The origin's writes become the template, a clone's are its own.
void add_template_memory(CommandBuilder& builder, const launch::VmSpec& spec) {
    if (!spec.of_template) return;
    const bool is_origin = spec.of_template->role == launch::TemplateUse::Role::origin;
    const int memory = builder.inherit({.role = FdRole::memory,
                                        .path = {},
                                        .is_writable = is_origin,
                                        .open_already = spec.of_template->memory});
    builder.add("-object", std::format("memory-backend-file,id=ram,size={}M,mem-path=/proc/self/fd/{},{}",
                                       spec.memory_bytes / k_mebibyte, memory,
                                       is_origin ? "share=on" : "share=off,readonly=on,rom=off"));
    if (!is_origin) builder.add("-incoming", "defer");
}

/// Its port, and what a launch would tell a real processor. Source: docs/formats/simtee.md.
void add_simulator(CommandBuilder& builder, const SimulatedLaunch& simulated) {
    builder.show(simulated.simulator);
    builder.add("-chardev", std::format("socket,id=simtee,path={}", simulated.simulator.native()));
    builder.add("-device", "virtserialport,bus=serial0.0,nr=2,chardev=simtee,name=org.redoubt.simtee");
    builder.add("-fw_cfg", std::format("name=opt/org.redoubt/host-data,string={}",
                                       encoding::to_base64(simulated.host_data)));
}

} // namespace

bool is_pc(const launch::VmSpec& spec) {
    if (!spec.confidential) return false;
    const auto* simulated = std::get_if<SimulatedLaunch>(&*spec.confidential);
    return simulated == nullptr || !simulated->firmware.empty();
}

std::string_view bus_of(const launch::VmSpec& spec) {
    return is_pc(spec) ? "pci" : "device";
}

Status validate_launch(const launch::VmSpec& spec) {
    return std::visit([&spec](const auto& processor) { return check(spec, processor); }, *spec.confidential);
}

void add_machine(CommandBuilder& builder, const launch::VmSpec& spec) {
    if (spec.confidential) {
        std::visit([&](const auto& processor) { add_machine_of(builder, spec, processor); },
                   *spec.confidential);
    } else {
        builder.add("-machine", std::string(k_microvm) + (spec.of_template ? ",memory-backend=ram" : ""));
        add_accelerator(builder, spec);
        builder.add("-cpu", ordinary_cpu(spec));
    }
    builder.add("-smp", std::to_string(spec.vcpus));
    builder.add("-m", std::format("{}M", spec.memory_bytes / k_mebibyte));
    add_template_memory(builder, spec);
}

void add_processor(CommandBuilder& builder, const launch::VmSpec& spec) {
    if (!spec.confidential) return;
    if (const auto* simulated = std::get_if<SimulatedLaunch>(&*spec.confidential))
        add_simulator(builder, *simulated);
}

} // namespace redoubt::node::hypervisor::qemu
