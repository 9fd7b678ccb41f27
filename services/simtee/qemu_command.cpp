// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/simtee/qemu_command.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <span>
#include <string_view>

#include "common/encoding/base64.hpp"
#include "common/encoding/json.hpp"
#include "common/tee/simtee_link/messages.hpp"

namespace redoubt::services::simtee {
namespace {

constexpr std::size_t k_max_arguments = 4096;
constexpr std::uint32_t k_max_vcpus = 4096; // the launch digest's limit
constexpr std::size_t k_host_data_size = 32;
constexpr std::size_t k_mr_config_id_size = 48;

using Words = std::span<const std::string_view>;

/// Options without a value that do nothing to what the guest is.
constexpr std::array<std::string_view, 6> k_flags{"S",         "nodefaults",  "no-user-config",
                                                  "no-reboot", "no-shutdown", "enable-kvm"};
/// Options whose value does nothing to what the guest is: its size, its clock, the process.
constexpr std::array<std::string_view, 11> k_indifferent{
    "name", "sandbox", "m", "numa", "msg", "pidfile", "add-fd", "rtc", "uuid", "chardev", "overcommit"};
/// Networks. Not: vhost-user and vhost-vdpa, which share the guest's memory.
constexpr std::array<std::string_view, 6> k_networks{"tap", "user", "bridge", "socket", "stream", "dgram"};
/// Devices of the guest: disks, networks, consoles. Not: loader, generic-loader and guest-loader, which write
/// into its memory; ivshmem and vhost-user, which share it; vfio, which reaches it.
constexpr std::array<std::string_view, 7> k_devices{"virtio-", "virtconsole",    "virtserialport", "scsi-hd",
                                                    "scsi-cd", "pcie-root-port", "vhost-vsock-"};
/// Objects. Not: memory in a file, which others may map; secrets, filters and displays.
constexpr std::array<std::string_view, 5> k_objects{"memory-backend-ram", "memory-backend-memfd",
                                                    "rng-builtin", "rng-random", "iothread"};
constexpr std::array<std::string_view, 3> k_machines{"microvm", "q35", "pc-q35-"};
/// Not: firmware, pflash0, kernel, initrd, append, dtb, which say anew what other options say.
constexpr std::array<std::string_view, 22> k_machine_properties{"type",
                                                                "accel",
                                                                "acpi",
                                                                "pit",
                                                                "pic",
                                                                "rtc",
                                                                "isa-serial",
                                                                "auto-kernel-cmdline",
                                                                "usb",
                                                                "smm",
                                                                "hpet",
                                                                "vmport",
                                                                "pcie",
                                                                "sata",
                                                                "smbus",
                                                                "graphics",
                                                                "kernel-irqchip",
                                                                "kernel_irqchip",
                                                                "i8042",
                                                                "memory-backend",
                                                                "mem-merge",
                                                                "dump-guest-core"};
constexpr std::array<std::string_view, 2> k_globals{"virtio-mmio.", "ICH9-LPC.disable_s"};

bool has(Words words, std::string_view word) {
    return std::ranges::contains(words, word);
}

bool begins_with_one_of(Words words, std::string_view text) {
    return std::ranges::any_of(words, [text](auto word) { return text.starts_with(word); });
}

std::unexpected<Error> refuse(std::string_view option, std::string_view why) {
    return fail(Code::permission_denied, "-{}: {}", option, why);
}

/// "a,b=c" in pieces; QEMU writes a comma inside a value twice.
std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> pieces(1);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != ',')
            pieces.back() += text[i];
        else if (i + 1 < text.size() && text[i + 1] == ',')
            pieces.back() += text[i++];
        else
            pieces.emplace_back();
    }
    return pieces;
}

std::string_view key_of(std::string_view piece) {
    return piece.substr(0, piece.find('='));
}

std::string_view value_of(std::string_view piece) {
    const auto equals = piece.find('=');
    return equals == std::string_view::npos ? std::string_view() : piece.substr(equals + 1);
}

Result<std::uint32_t> read_count(std::string_view option, std::string_view text) {
    std::uint32_t count = 0;
    const auto* end = text.data() + text.size();
    const auto [last, error] = std::from_chars(text.data(), end, count);
    if (error != std::errc() || last != end || count == 0 || count > k_max_vcpus)
        return fail(Code::invalid_argument, "-{}: '{}' is not within 1 and {}", option, text.substr(0, 20),
                    k_max_vcpus);
    return count;
}

/// Takes one command apart, option by option.
class CommandReader {
  public:
    Status read(const std::string& option, const std::string& value);
    Result<Launch> finish() &&;

  private:
    Status keep(const std::string& option, const std::string& value);
    static Status judge(const std::string& option, const std::string& value);
    Status read_smp(const std::string& value);
    Status read_fw_cfg(const std::string& value);

    std::map<std::string, std::string> kept_; ///< options that are said once
    std::optional<std::uint32_t> vcpus_;
    std::optional<std::string> host_data_;
    std::optional<std::string> mr_config_id_;
};

Status judge_machine(const std::string& value) {
    const auto pieces = split_list(value);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        const std::string_view piece = pieces[i];
        const bool is_type = i == 0 && !piece.contains('='); // the first may leave "type=" out
        const auto key = is_type ? std::string_view("type") : key_of(piece);
        const auto said = is_type ? piece : value_of(piece);
        if (!has(k_machine_properties, key))
            return refuse("machine", std::format("property '{}' is not on the list", key));
        if (key == "type" && !begins_with_one_of(k_machines, said))
            return refuse("machine", std::format("'{}' is neither microvm nor q35", said));
    }
    return {};
}

/// The kind of a device or an object, from a list or from JSON; also whether it brings code of the host's
/// choice.
Status judge_kind(std::string_view option, const std::string& value, std::string_view member, Words allowed) {
    std::string kind;
    bool has_rom = false;
    if (value.starts_with("{")) {
        RDT_TRY(const auto document, json::parse(option, value));
        RDT_TRY(kind, document.root()[member].string());
        has_rom = document.root()["romfile"].is_present();
    } else {
        const auto pieces = split_list(value);
        kind = pieces[0].contains('=') ? std::string() : pieces[0];
        for (const auto& piece : pieces) {
            has_rom = has_rom || (key_of(piece) == "romfile" && !value_of(piece).empty());
            if (key_of(piece) != member || !piece.contains('=')) continue;
            if (!kind.empty()) return refuse(option, "says twice what it is");
            kind = value_of(piece);
        }
    }
    if (!begins_with_one_of(allowed, kind))
        return refuse(option, std::format("'{}' is not on the list", kind));
    if (has_rom) return refuse(option, std::format("'{}' with a romfile", kind));
    return {};
}

Status judge_mon(const std::string& value) {
    for (const std::string_view piece : split_list(value))
        if (piece == "mode=control") return {};
    return refuse("mon", "only mode=control: commands for people can write the guest's memory");
}

Status judge_accel(const std::string& value) {
    const auto pieces = split_list(value);
    if (pieces[0] == "tcg" || pieces[0] == "kvm") return {};
    return refuse("accel", std::format("'{}' is neither tcg nor kvm", pieces[0]));
}

/// Disks are the host's in any case; but their drivers must not share the guest's memory.
Status judge_blockdev(std::string_view option, const std::string& value) {
    if (value.contains("vhost")) return refuse(option, "a vhost driver shares the guest's memory");
    return {};
}

Status judge_drive(const std::string& value) {
    RDT_CHECK(judge_blockdev("drive", value));
    for (const std::string_view piece : split_list(value))
        if (piece == "if=none" || piece == "if=virtio") return {};
    return refuse("drive", "only if=none and if=virtio: flash holds firmware");
}

Status CommandReader::judge(const std::string& option, const std::string& value) {
    if (option == "machine" || option == "M") return judge_machine(value);
    if (option == "device") return judge_kind(option, value, "driver", k_devices);
    if (option == "object") return judge_kind(option, value, "qom-type", k_objects);
    if (option == "netdev") return judge_kind(option, value, "type", k_networks);
    if (option == "blockdev") return judge_blockdev(option, value);
    if (option == "mon") return judge_mon(value);
    if (option == "accel") return judge_accel(value);
    if (option == "drive") return judge_drive(value);
    if (option == "global") {
        if (begins_with_one_of(k_globals, value)) return {};
        return refuse(option, std::format("'{}' is not on the list", value));
    }
    // QMP is let through: a VM is driven by it. Who holds it holds the guest, as who is root does.
    if (option == "qmp") return {};
    static constexpr std::array<std::string_view, 5> k_quiet{"monitor", "parallel", "vga", "nic", "net"};
    if (has(k_quiet, option) && value == "none") return {};
    if (option == "display" && (value == "none" || value == "egl-headless")) return {};
    if (option == "serial" && (value == "none" || value == "null" || value == "stdio" ||
                               value.starts_with("chardev:") || value.starts_with("file:")))
        return {};
    return refuse(option, value.empty()
                              ? "not on the list of what a guest needs"
                              : std::format("'{}' is not on the list of what a guest needs", value));
}

Status CommandReader::keep(const std::string& option, const std::string& value) {
    if (kept_.emplace(option, value).second) return {};
    return refuse(option, "said twice");
}

Status CommandReader::read_smp(const std::string& value) {
    std::optional<std::uint32_t> most;
    const auto pieces = split_list(value);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        const std::string_view piece = pieces[i];
        if (i == 0 && !piece.contains('=')) {
            RDT_TRY(vcpus_, read_count("smp", piece));
        } else if (key_of(piece) == "cpus") {
            RDT_TRY(vcpus_, read_count("smp", value_of(piece)));
        } else if (key_of(piece) == "maxcpus") {
            RDT_TRY(most, read_count("smp", value_of(piece)));
        }
    }
    if (!vcpus_) return fail(Code::invalid_argument, "-smp: '{}' does not say how many CPUs", value);
    if (most && *most != *vcpus_) return refuse("smp", "CPUs that come later would not have been measured");
    return {};
}

Status CommandReader::read_fw_cfg(const std::string& value) {
    std::string name;
    std::optional<std::string> text;
    for (const std::string_view piece : split_list(value)) {
        if (piece.starts_with("name=")) name = piece.substr(5);
        if (piece.starts_with("string=")) text = piece.substr(7);
        if (!piece.starts_with("name=") && !piece.starts_with("string="))
            return refuse("fw_cfg", std::format("'{}': only a name and a string", piece));
    }
    const bool is_amd = name == k_host_data_item;
    if (!is_amd && name != k_mr_config_id_item)
        return refuse("fw_cfg", std::format("'{}' is not on the list", name));
    auto& place = is_amd ? host_data_ : mr_config_id_;
    if (place) return refuse("fw_cfg", std::format("'{}' said twice", name));
    RDT_TRY(auto bytes,
            encoding::from_base64(text.value_or("")).transform_error(context("-fw_cfg {}", name)));
    const auto wanted = is_amd ? k_host_data_size : k_mr_config_id_size;
    if (bytes.size() != wanted)
        return fail(Code::invalid_argument, "-fw_cfg {}: {} bytes, where {} belong", name, bytes.size(),
                    wanted);
    place = std::move(bytes);
    return {};
}

Status CommandReader::read(const std::string& option, const std::string& value) {
    static constexpr std::array<std::string_view, 7> k_kept{"kernel", "initrd",  "append", "bios",
                                                            "cpu",    "machine", "accel"};
    if (has(k_indifferent, option)) return {};
    if (option == "smp") {
        RDT_CHECK(keep(option, value));
        return read_smp(value);
    }
    if (option == "fw_cfg") return read_fw_cfg(value);
    if (has(k_kept, option)) RDT_CHECK(keep(option, value));
    if (option == "M") RDT_CHECK(keep("machine", value));
    if (has(Words(k_kept).first(5), option)) return {};
    return judge(option, value);
}

Status check_mark(std::string_view cmdline) {
    for (std::size_t at = 0; at < cmdline.size();) {
        const auto end = std::min(cmdline.find(' ', at), cmdline.size());
        if (cmdline.substr(at, end - at) == tee::simtee_link::k_cmdline_mark) return {};
        at = end + 1;
    }
    return fail(Code::permission_denied, "the guest's command line has no {}",
                tee::simtee_link::k_cmdline_mark);
}

Result<Launch> CommandReader::finish() && {
    Launch launch;
    launch.kernel = std::move(kept_["kernel"]);
    launch.initrd = std::move(kept_["initrd"]);
    launch.firmware = std::move(kept_["bios"]);
    launch.cmdline = std::move(kept_["append"]);
    launch.cpu_model = split_list(kept_["cpu"])[0];
    launch.vcpus = vcpus_.value_or(1);
    if (launch.kernel.empty())
        return fail(Code::failed_precondition, "no -kernel: only a direct boot is measured");
    RDT_CHECK(check_mark(launch.cmdline));
    if (host_data_ && mr_config_id_)
        return refuse("fw_cfg", "a guest of both AMD's and Intel's processors is neither");
    launch.platform = mr_config_id_ ? Platform::intel : Platform::amd;
    if (mr_config_id_)
        launch.config_digest = *std::move(mr_config_id_);
    else
        launch.config_digest = host_data_ ? *std::move(host_data_) : std::string(k_host_data_size, '\0');
    return launch;
}

} // namespace

Result<Launch> parse_qemu_command(const std::vector<std::string>& arguments) {
    if (arguments.size() > k_max_arguments)
        return fail(Code::resource_exhausted, "a command of {} arguments", arguments.size());
    CommandReader reader;
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        const std::string_view argument = arguments[i];
        if (!argument.starts_with("-") || argument.size() < 2)
            return fail(Code::permission_denied, "'{}' is no option: a disk without a name",
                        argument.substr(0, 80));
        // QEMU takes two dashes for one.
        const std::string option(argument.substr(argument.starts_with("--") ? 2 : 1));
        if (has(k_flags, option)) continue;
        if (i + 1 == arguments.size()) return refuse(option, "not on the list, or without its value");
        RDT_CHECK(reader.read(option, arguments[++i]));
    }
    return std::move(reader).finish();
}

} // namespace redoubt::services::simtee
