// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/oci_runtime/device_filter.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <vector>

namespace redoubt::guest::oci_runtime {
namespace {

/// Runs the few instructions that the compiler emits, as the kernel would.
bool runs_to_allow(const std::vector<bpf_insn>& program, std::uint32_t type, std::uint32_t access,
                   std::uint32_t major, std::uint32_t minor) {
    const std::array<std::uint32_t, 3> context = {access << 16 | type, major, minor};
    std::array<std::uint64_t, 11> registers{};
    for (std::size_t at = 0; at < program.size(); ++at) {
        const auto& step = program[at];
        auto& to = registers[step.dst_reg];
        const auto value = static_cast<std::uint32_t>(step.imm);
        if (step.code == (BPF_LDX | BPF_MEM | BPF_W))
            to = context.at(static_cast<std::size_t>(step.off) / 4);
        else if (step.code == (BPF_ALU | BPF_MOV | BPF_X))
            to = registers[step.src_reg];
        else if (step.code == (BPF_ALU | BPF_AND | BPF_K))
            to &= value;
        else if (step.code == (BPF_ALU | BPF_RSH | BPF_K))
            to >>= value;
        else if (step.code == (BPF_ALU64 | BPF_MOV | BPF_K))
            to = value;
        else if (step.code == (BPF_JMP | BPF_JNE | BPF_K))
            at += to != value ? static_cast<std::size_t>(step.off) : 0;
        else if (step.code == (BPF_JMP | BPF_JEQ | BPF_K))
            at += to == value ? static_cast<std::size_t>(step.off) : 0;
        else if (step.code == (BPF_JMP | BPF_EXIT))
            return registers[0] == 1;
        else
            ADD_FAILURE() << "unexpected instruction " << int{step.code};
    }
    ADD_FAILURE() << "the program has no end";
    return false;
}

constexpr std::uint32_t k_char = BPF_DEVCG_DEV_CHAR, k_block = BPF_DEVCG_DEV_BLOCK;
constexpr std::uint32_t k_read = BPF_DEVCG_ACC_READ, k_write = BPF_DEVCG_ACC_WRITE,
                        k_make = BPF_DEVCG_ACC_MKNOD;

TEST(DeviceFilter, AllowsTheDefaultDevicesAndNoDisk) {
    const auto program = compile_device_filter({}, {});
    ASSERT_TRUE(program);
    EXPECT_TRUE(runs_to_allow(*program, k_char, k_read | k_write, 1, 3));
    EXPECT_TRUE(runs_to_allow(*program, k_char, k_read | k_write, 136, 7));
    EXPECT_TRUE(runs_to_allow(*program, k_block, k_make, 8, 0));
    EXPECT_FALSE(runs_to_allow(*program, k_block, k_read, 8, 0));
    EXPECT_FALSE(runs_to_allow(*program, k_char, k_read, 1, 1));
}

TEST(DeviceFilter, DenyEverythingKeepsTheDefaults) {
    const auto program = compile_device_filter({}, {{false, "a", -1, -1, "rwm"}});
    ASSERT_TRUE(program);
    EXPECT_TRUE(runs_to_allow(*program, k_char, k_read, 1, 3));
    EXPECT_FALSE(runs_to_allow(*program, k_block, k_read, 8, 0));
}

TEST(DeviceFilter, HoldsNoInstructionThatCannotBeReached) {
    const auto program = compile_device_filter({}, {{.allow = false, .type = "a", .access = "rwm"}}).value();
    std::vector<bool> is_reached(program.size() + 1, false);
    is_reached[0] = true;
    for (std::size_t at = 0; at < program.size(); ++at) {
        ASSERT_TRUE(is_reached[at]) << "instruction " << at;
        const auto& step = program[at];
        if (step.code == (BPF_JMP | BPF_EXIT)) continue;
        is_reached[at + 1] = true;
        if ((step.code & 7U) == BPF_JMP) is_reached[at + 1 + static_cast<std::size_t>(step.off)] = true;
    }
    EXPECT_FALSE(is_reached[program.size()]) << "runs past its end";
}

TEST(DeviceFilter, ARuleAllowsNoMoreThanItsLetters) {
    const auto program = compile_device_filter({}, {{false, "a", -1, -1, "rwm"}, {true, "b", 8, 0, "r"}});
    ASSERT_TRUE(program);
    EXPECT_TRUE(runs_to_allow(*program, k_block, k_read, 8, 0));
    EXPECT_FALSE(runs_to_allow(*program, k_block, k_read | k_write, 8, 0));
    EXPECT_FALSE(runs_to_allow(*program, k_block, k_read, 8, 1));
}

TEST(DeviceFilter, TheLastRuleWins) {
    const auto program = compile_device_filter({}, {{true, "a", -1, -1, "rwm"}, {false, "b", 8, -1, "w"}});
    ASSERT_TRUE(program);
    EXPECT_TRUE(runs_to_allow(*program, k_block, k_read, 8, 0));
    EXPECT_FALSE(runs_to_allow(*program, k_block, k_read | k_write, 8, 0));
    EXPECT_TRUE(runs_to_allow(*program, k_block, k_write, 9, 0));
}

TEST(DeviceFilter, ADeviceOfTheSpecificationMayBeUsed) {
    const auto program = compile_device_filter({{.path = "/dev/kvm", .type = "c", .major = 10, .minor = 232}},
                                               {{false, "a", -1, -1, "rwm"}});
    ASSERT_TRUE(program);
    EXPECT_TRUE(runs_to_allow(*program, k_char, k_read | k_write, 10, 232));
}

TEST(DeviceFilter, ADeviceThatARuleNamesMayDoWhatTheRuleSays) {
    const auto program = compile_device_filter({{.path = "/dev/disk", .type = "b", .major = 8, .minor = 0}},
                                               {{false, "a", -1, -1, "rwm"}, {true, "b", 8, 0, "r"}});
    ASSERT_TRUE(program);
    EXPECT_TRUE(runs_to_allow(*program, k_block, k_read, 8, 0));
    EXPECT_FALSE(runs_to_allow(*program, k_block, k_write, 8, 0));
}

TEST(DeviceFilter, RefusesWhatItDoesNotKnow) {
    EXPECT_FALSE(compile_device_filter({}, {{true, "x", 1, 1, "r"}}));
    EXPECT_FALSE(compile_device_filter({}, {{true, "c", 1, 1, "rx"}}));
}

} // namespace
} // namespace redoubt::guest::oci_runtime
