// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/oci_runtime/device_filter.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <string>
#include <string_view>

#include "common/base/unique_fd.hpp"

namespace redoubt::guest::oci_runtime {

namespace {

// Register use: the kernel passes its context in r1. Source: linux/bpf.h, struct bpf_cgroup_dev_ctx.
constexpr std::uint8_t k_result = BPF_REG_0, k_context = BPF_REG_1, k_type = BPF_REG_2, k_access = BPF_REG_3,
                       k_major = BPF_REG_4, k_minor = BPF_REG_5;

bpf_insn make(unsigned code, std::uint8_t destination, std::uint8_t source, std::int16_t offset,
              std::int32_t value) {
    bpf_insn instruction{};
    instruction.code = static_cast<std::uint8_t>(code);
    instruction.dst_reg = destination & 0xfU;
    instruction.src_reg = source & 0xfU;
    instruction.off = offset;
    instruction.imm = value;
    return instruction;
}

bpf_insn load_word(std::uint8_t to, std::size_t field) {
    return make(BPF_LDX | BPF_MEM | BPF_W, to, k_context, static_cast<std::int16_t>(field), 0);
}

/// One rule's test; its jumps lead past it when the device is another.
Result<std::vector<bpf_insn>> compile_rule(const oci::DeviceRule& rule) {
    std::vector<bpf_insn> code;
    std::vector<std::size_t> jumps;
    const auto unless_equal = [&](std::uint8_t value, std::int32_t wanted) {
        jumps.push_back(code.size());
        code.push_back(make(BPF_JMP | BPF_JNE | BPF_K, value, 0, 0, wanted));
    };
    if (rule.type == "c")
        unless_equal(k_type, BPF_DEVCG_DEV_CHAR);
    else if (rule.type == "b")
        unless_equal(k_type, BPF_DEVCG_DEV_BLOCK);
    else if (!rule.type.empty() && rule.type != "a")
        return fail(Code::invalid_argument, "device rule: unknown type '{}'", rule.type);
    if (rule.major >= 0) unless_equal(k_major, static_cast<std::int32_t>(rule.major));
    if (rule.minor >= 0) unless_equal(k_minor, static_cast<std::int32_t>(rule.minor));
    std::uint32_t access = 0;
    for (const char letter : rule.access) {
        if (letter == 'm')
            access |= BPF_DEVCG_ACC_MKNOD;
        else if (letter == 'r')
            access |= BPF_DEVCG_ACC_READ;
        else if (letter == 'w')
            access |= BPF_DEVCG_ACC_WRITE;
        else
            return fail(Code::invalid_argument, "device rule: unknown access '{}'", rule.access);
    }
    constexpr std::uint32_t k_everything = 7; // BPF_DEVCG_ACC_MKNOD, _READ and _WRITE
    if (access != 0 && access != k_everything) {
        // An allowing rule must cover all that is asked; a denying one applies when any of it is asked.
        code.push_back(make(BPF_ALU | BPF_MOV | BPF_X, k_context, k_access, 0, 0));
        const auto mask = rule.allow ? k_everything & ~access : access;
        code.push_back(make(BPF_ALU | BPF_AND | BPF_K, k_context, 0, 0, static_cast<std::int32_t>(mask)));
        jumps.push_back(code.size());
        const unsigned jump = rule.allow ? unsigned{BPF_JNE} : unsigned{BPF_JEQ};
        code.push_back(make(BPF_JMP | jump | BPF_K, k_context, 0, 0, 0));
    }
    code.push_back(make(BPF_ALU64 | BPF_MOV | BPF_K, k_result, 0, 0, rule.allow ? 1 : 0));
    code.push_back(make(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
    for (const auto jump : jumps) code[jump].off = static_cast<std::int16_t>(code.size() - jump - 1);
    return code;
}

/// True when a rule leaves nothing to later ones. The kernel's verifier refuses code that cannot be reached.
bool is_final(const oci::DeviceRule& rule) {
    const auto covers = [&](char letter) { return rule.access.empty() || rule.access.contains(letter); };
    return (rule.type.empty() || rule.type == "a") && rule.major < 0 && rule.minor < 0 && covers('r') &&
           covers('w') && covers('m');
}

/// What every container may have, as with runc: nodes of any kind may be made, few may be opened.
std::vector<oci::DeviceRule> default_rules() {
    return {{true, "c", -1, -1, "m"}, {true, "b", -1, -1, "m"},   {true, "c", 1, 3, "rwm"},
            {true, "c", 1, 5, "rwm"}, {true, "c", 1, 7, "rwm"},   {true, "c", 1, 8, "rwm"},
            {true, "c", 1, 9, "rwm"}, {true, "c", 5, 0, "rwm"},   {true, "c", 5, 1, "rwm"},
            {true, "c", 5, 2, "rwm"}, {true, "c", 136, -1, "rwm"}};
}

oci::DeviceRule rule_of(const oci::Device& device) {
    return {true, device.type == "b" ? "b" : "c", device.major, device.minor, "rwm"};
}

/// Whether a rule speaks of this very device: what it says then is all there is to say.
bool is_named(const std::vector<oci::DeviceRule>& rules, const oci::DeviceRule& device) {
    return std::ranges::any_of(rules, [&](const oci::DeviceRule& rule) {
        return rule.type == device.type && rule.major == device.major && rule.minor == device.minor;
    });
}

} // namespace

Result<std::vector<bpf_insn>> compile_device_filter(const std::vector<oci::Device>& devices,
                                                    const std::vector<oci::DeviceRule>& rules) {
    // A specification usually begins with "deny everything", which must not take back the defaults: they come
    // after it.
    const auto first_allowed = std::ranges::find(rules, true, &oci::DeviceRule::allow);
    std::vector<oci::DeviceRule> all(rules.begin(), first_allowed);
    for (auto& rule : default_rules()) all.push_back(std::move(rule));
    for (const auto& device : devices)
        if (auto rule = rule_of(device); device.type != "p" && !is_named(rules, rule))
            all.push_back(std::move(rule));
    all.insert(all.end(), first_allowed, rules.end());

    std::vector<bpf_insn> program = {
        load_word(k_type, offsetof(bpf_cgroup_dev_ctx, access_type)),
        make(BPF_ALU | BPF_MOV | BPF_X, k_access, k_type, 0, 0),
        make(BPF_ALU | BPF_AND | BPF_K, k_type, 0, 0, 0xffff),
        make(BPF_ALU | BPF_RSH | BPF_K, k_access, 0, 0, 16),
        load_word(k_major, offsetof(bpf_cgroup_dev_ctx, major)),
        load_word(k_minor, offsetof(bpf_cgroup_dev_ctx, minor)),
    };
    for (const auto& rule : all | std::views::reverse) {
        RDT_TRY(const auto code, compile_rule(rule));
        program.insert(program.end(), code.begin(), code.end());
        if (is_final(rule)) return program;
    }
    program.push_back(make(BPF_ALU64 | BPF_MOV | BPF_K, k_result, 0, 0, 0));
    program.push_back(make(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
    return program;
}

Status attach_device_filter(int cgroup, const std::vector<bpf_insn>& program) {
    static constexpr std::array k_license = {'G', 'P', 'L', '\0'};
    bpf_attr load{};
    load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    load.insns = reinterpret_cast<std::uintptr_t>(program.data()); // NOLINT: the system call's own shape
    load.insn_cnt = static_cast<std::uint32_t>(program.size());
    load.license = reinterpret_cast<std::uintptr_t>(k_license.data()); // NOLINT
    // The kernel's verifier gives up when a signal is pending, such as that of another child's end.
    constexpr int k_most_tries = 100;
    UniqueFd loaded;
    for (int tries = 0; !loaded && tries < k_most_tries; ++tries) {
        loaded = UniqueFd(static_cast<int>(::syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load)));
        if (!loaded && errno != EAGAIN) break;
    }
    if (!loaded) return fail_errno(errno, "load the device filter");
    bpf_attr attach{};
    attach.target_fd = static_cast<std::uint32_t>(cgroup);
    attach.attach_bpf_fd = static_cast<std::uint32_t>(loaded.get());
    attach.attach_type = BPF_CGROUP_DEVICE;
    attach.attach_flags = BPF_F_ALLOW_MULTI;
    if (::syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach) != 0)
        return fail_errno(errno, "attach the device filter");
    return {};
}

} // namespace redoubt::guest::oci_runtime
