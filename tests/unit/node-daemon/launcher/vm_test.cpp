// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// The keeper with a program that stands for QEMU: a shell script, whatever its arguments.
#include "node-daemon/launcher/vm_keeper.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "common/base/file.hpp"
#include "node-daemon/launcher/vm_descriptors.hpp"
#include "tests/unit/node-daemon/hypervisor/run_task.hpp"
#include "tests/unit/node-daemon/launcher/samples.hpp"

namespace redoubt::node::launcher {
namespace {

using hypervisor::qemu::make_command;
using redoubt::test::run;
using redoubt::test::TemporaryFolder;

UniqueFd listen_at_path(const std::filesystem::path& path) {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    std::memcpy(address.sun_path, path.c_str(), path.native().size());
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(fd.get(), 1), 0);
    return fd;
}

class LauncherVm : public testing::Test {
  protected:
    void SetUp() override {
        spec_.networks.clear();
        spec_.disks.resize(1);
        EXPECT_TRUE(write_file(folder_.path() / "file", "x"));
    }

    void TearDown() override {
        run(context_, [](VmKeeper& keeper) -> asio::awaitable<bool> {
            co_await keeper.close();
            co_return true;
        }(keeper()));
    }

    VmKeeper& keeper() {
        if (!keeper_)
            keeper_.emplace(context_.get_executor(), hypervisor::qemu::QemuSettings{.program = program_},
                            means_);
        return *keeper_;
    }

    void make_confidential() {
        spec_.level = launch::IsolationLevel::confidential;
        spec_.confidential = test::make_confidential_spec().confidential;
        spec_.has_relay = true;
    }

    /// The words that the program was called with, a line each, once it has written them.
    std::string arguments() {
        const auto file = folder_.path() / "arguments";
        return read_file(file).value_or("");
    }

    void write_program(const std::string& text) {
        ASSERT_TRUE(write_file(program_, "#!/bin/sh\n" + text + "\n", 0755));
    }

    std::vector<UniqueFd> descriptors() {
        std::vector<UniqueFd> open;
        std::vector<std::string> names{"qmp", "console", "agent"};
        if (spec_.has_relay) names.emplace_back("relay");
        for (const auto& name : names) {
            // The order of make_command(): kernel and initramfs come first.
            open.push_back(listen_at_path(folder_.path() / (name + std::to_string(++sockets_))));
        }
        std::vector<UniqueFd> ordered;
        for (int i = 0; i < 2; ++i) ordered.push_back(*open_file(folder_.path() / "file", O_RDONLY));
        for (auto& fd : open) ordered.push_back(std::move(fd));
        ordered.push_back(*open_file(folder_.path() / "file", O_RDONLY));
        return ordered;
    }

    asio::io_context context_{1};
    TemporaryFolder folder_;
    std::filesystem::path program_ = folder_.path() / "qemu";
    launch::VmSpec spec_ = test::make_spec();
    launch::ConfidentialMeans means_;
    std::optional<VmKeeper> keeper_;
    int sockets_ = 0;
};

TEST_F(LauncherVm, EndsAndSaysHow) {
    write_program("echo out of luck >&2; exit 3");
    const auto made = run(context_, keeper().start({spec_}, descriptors()));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->descriptors.size(), 2U);
    const auto ended = run(context_, keeper().collect({spec_.id, made->answer.pid}));
    ASSERT_TRUE(ended) << ended.error().message;
    EXPECT_EQ(ended->code, 3U);
    EXPECT_FALSE(ended->signal);
    // Also to one who asks again.
    EXPECT_TRUE(run(context_, keeper().collect({spec_.id, made->answer.pid})));
    EXPECT_TRUE(run(context_, keeper().reap(spec_.id)));
    EXPECT_EQ(run(context_, keeper().collect({spec_.id, made->answer.pid})).error().code, Code::not_found);
}

TEST_F(LauncherVm, IsKilled) {
    write_program("exec sleep 1000");
    const auto made = run(context_, keeper().start({spec_}, descriptors()));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_FALSE(made->answer.start_time.empty());
    EXPECT_EQ(run(context_, keeper().start({spec_}, descriptors())).error().code, Code::already_exists);
    EXPECT_TRUE(keeper().kill(spec_.id));
    const auto ended = run(context_, keeper().collect({spec_.id, made->answer.pid}));
    ASSERT_TRUE(ended) << ended.error().message;
    EXPECT_EQ(ended->signal, 9U);
}

TEST_F(LauncherVm, OfAnotherLauncherIsFoundAndReaped) {
    write_program("kill -STOP $$"); // its arguments stay
    const auto made = run(context_, keeper().start({spec_}, descriptors()));
    ASSERT_TRUE(made) << made.error().message;
    VmKeeper later(context_.get_executor(), {.program = program_});
    EXPECT_EQ(run(context_, later.collect({spec_.id, made->answer.pid})).error().code, Code::not_found);
    EXPECT_TRUE(later.kill(spec_.id));
    EXPECT_EQ(run(context_, keeper().collect({spec_.id, made->answer.pid}))->signal, 9U);
    EXPECT_TRUE(run(context_, later.reap(spec_.id)));
}

TEST_F(LauncherVm, ThatCannotBeStartedLeavesNothing) {
    const auto made = run(context_, keeper().start({spec_}, descriptors()));
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message, testing::HasSubstr("execute"));
    EXPECT_FALSE(run(context_, keeper().collect({spec_.id, 1})));
}

TEST_F(LauncherVm, OfTheLevelConfidentialHasTheSimulatorOfTheLaunchersSettings) {
    write_program("printf '%s\\n' \"$@\" > " + (folder_.path() / "arguments").native() + "; exit 0");
    means_.simulator = "/run/own/simtee.sock";
    make_confidential();
    const auto made = run(context_, keeper().start({spec_}, descriptors()));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->answer.level, launch::IsolationLevel::confidential);
    ASSERT_TRUE(run(context_, keeper().collect({spec_.id, made->answer.pid})));
    EXPECT_THAT(arguments(), testing::HasSubstr("socket,id=simtee,path=/run/own/simtee.sock\n"));
    EXPECT_THAT(arguments(), testing::HasSubstr("name=org.redoubt.relay\n"));
    EXPECT_THAT(arguments(), testing::Not(testing::HasSubstr("/not/told")));
}

TEST_F(LauncherVm, OfTheLevelConfidentialIsRefusedWithoutASimulator) {
    write_program("echo ran > " + (folder_.path() / "arguments").native());
    make_confidential();
    const auto made = run(context_, keeper().start({spec_}, descriptors()));
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Code::failed_precondition);
    EXPECT_THAT(made.error().message, testing::HasSubstr("confidential.simulator"));
    EXPECT_FALSE(run(context_, keeper().collect({spec_.id, 1})));
    EXPECT_EQ(arguments(), "");
}

TEST_F(LauncherVm, OfOneProcessorIsNotStartedOnAnother) {
    write_program("echo ran > " + (folder_.path() / "arguments").native());
    means_.simulator = "/run/own/simtee.sock";
    make_confidential();
    spec_.confidential = launch::SnpLaunch{.host_data = std::string(32, 'h')};
    const auto made = run(context_, keeper().start({spec_}, descriptors()));
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Code::failed_precondition);
    EXPECT_THAT(made.error().message, testing::HasSubstr("redoubt-launcher has no SEV-SNP"));
    EXPECT_EQ(arguments(), "");
}

TEST_F(LauncherVm, ThatHasLostItsProcessorIsNotStarted) {
    write_program("echo ran > " + (folder_.path() / "arguments").native());
    means_.simulator = "/run/own/simtee.sock";
    make_confidential();
    spec_.confidential.reset();
    spec_.has_relay = false;
    const auto made = run(context_, keeper().start({spec_}, descriptors()));
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message, testing::HasSubstr("without a secure processor"));
    EXPECT_EQ(arguments(), "");
}

TEST_F(LauncherVm, RefusesDescriptorsOfAnotherKind) {
    const auto command = make_command(program_, spec_);
    ASSERT_TRUE(command);
    const auto refused = [&](std::size_t place, UniqueFd fd) {
        auto given = descriptors();
        given.at(place) = std::move(fd);
        return !match_descriptors(*command, std::move(given));
    };
    ASSERT_TRUE(match_descriptors(*command, descriptors()));
    EXPECT_TRUE(refused(0, UniqueFd(::open("/", O_RDONLY | O_CLOEXEC)))) << "a folder for a kernel";
    EXPECT_TRUE(refused(1, UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)))) << "a device for a file";
    EXPECT_TRUE(refused(2, UniqueFd(::socket(AF_UNIX, SOCK_STREAM, 0)))) << "a socket that does not listen";
    EXPECT_TRUE(refused(3, *open_file(folder_.path() / "file", O_RDONLY))) << "a file for a socket";
    EXPECT_TRUE(refused(5, *open_file(folder_.path() / "file", O_RDWR))) << "a disk that may be written";
    EXPECT_TRUE(refused(5, UniqueFd())) << "none";
    auto few = descriptors();
    few.pop_back();
    EXPECT_FALSE(match_descriptors(*command, std::move(few)));
    auto many = descriptors();
    many.push_back(*open_file(folder_.path() / "file", O_RDONLY));
    EXPECT_FALSE(match_descriptors(*command, std::move(many)));
}

} // namespace
} // namespace redoubt::node::launcher
