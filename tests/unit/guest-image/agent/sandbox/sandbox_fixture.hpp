// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/async/task_scope.hpp"
#include "guest-image/agent/sandbox/sandbox.hpp"

namespace redoubt::guest::sandbox {

/// A sandbox without a VM: real namespaces, mounts and processes on a busybox root folder, no cgroups.
class SandboxTest : public testing::Test {
  protected:
    SandboxTest() : reaper_(io_.get_executor()), scope_(io_.get_executor()) {
        std::string name = "/tmp/sandbox-XXXXXX";
        base_ = ::mkdtemp(name.data());
        box_ = std::move(*Sandbox::open(
            io_.get_executor(), {.base = base_, .hotplug_timeout = std::chrono::seconds(1)}, reaper_));
        scope_.spawn(reaper_.run());
    }
    ~SandboxTest() override {
        std::ignore = await(box_->destroy());
        wind_down();
        std::filesystem::remove_all(base_);
    }
    SandboxTest(const SandboxTest&) = delete;
    SandboxTest& operator=(const SandboxTest&) = delete;

    /// Ends all coroutines: before anything they use is destroyed.
    void wind_down() {
        scope_.cancel();
        asio::co_spawn(io_, scope_.join(), [](const std::exception_ptr&) {});
        io_.restart();
        io_.run();
        io_.restart();
    }

    template <class T>
    Result<T> await(Task<T> task) {
        std::optional<Result<T>> outcome;
        asio::co_spawn(io_, within(std::chrono::seconds(60), "test", std::move(task)),
                       [&](const std::exception_ptr& error, Result<T> result) {
                           if (error) std::rethrow_exception(error);
                           outcome = std::move(result);
                       });
        while (!outcome) io_.run_one();
        return std::move(*outcome);
    }

    void create_sandbox(const std::string& hostname = "box") {
        const auto made = await(box_->create({.id = SandboxId("sb"), .hostname = hostname}));
        ASSERT_TRUE(made) << made.error().message;
    }

    std::filesystem::path make_rootfs(const std::string& id) {
        const auto root = base_ / id / "rootfs";
        for (const char* folder : {"bin", "dev", "etc", "proc", "sys", "tmp"})
            std::filesystem::create_directories(root / folder);
        std::filesystem::copy_file("/usr/bin/busybox", root / "bin/busybox");
        for (const char* tool : {"sh", "cat", "echo", "sleep", "id", "ls", "grep", "touch", "true", "stty",
                                 "tty", "pwd", "mkdir", "kill", "hostname", "head", "test", "env"})
            std::filesystem::create_symlink("busybox", root / "bin" / tool);
        std::ofstream(root / "etc/passwd")
            << "root:x:0:0:root:/root:/bin/sh\nweb:x:101:102:web:/srv:/bin/sh\n";
        std::ofstream(root / "etc/group") << "root:x:0:\nweb:x:102:\nextra:x:200:web\n";
        return root;
    }

    static oci::Process process_of(std::vector<std::string> args) {
        oci::Process process;
        process.args = std::move(args);
        process.env = {"PATH=/bin"};
        process.capabilities.bounding = {"CAP_CHOWN", "CAP_KILL", "CAP_SETUID", "CAP_SETGID",
                                         "CAP_DAC_OVERRIDE"};
        process.capabilities.effective = process.capabilities.bounding;
        process.capabilities.permitted = process.capabilities.bounding;
        return process;
    }

    ContainerRequest request_of(const std::string& id, std::vector<std::string> args) {
        ContainerRequest request{.id = ContainerId(id)};
        request.spec.process = process_of(std::move(args));
        request.spec.root_path = make_rootfs(id).native();
        request.spec.mounts = {
            {"/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}},
            {"/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}},
            {"/dev/pts",
             "devpts",
             "devpts",
             {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"}},
            {"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}},
        };
        for (const char* type : {"pid", "mount", "ipc", "uts"})
            request.spec.linux_part.namespaces.push_back({type, ""});
        return request;
    }

    Status create(ContainerRequest request) { return await(box_->create_container(std::move(request))); }
    Status start(const std::string& id) { return await(box_->start_container(ContainerId(id))); }
    Status exec(const std::string& id, const std::string& exec, oci::Process process) {
        return await(box_->exec_process(ContainerId(id), ExecId(exec), std::move(process)));
    }
    std::shared_ptr<Process> process(const std::string& id, const std::string& exec = "") {
        return box_->find_process(ContainerId(id), ExecId(exec)).value();
    }
    int exit_code(const std::string& id, const std::string& exec = "") {
        return await(process(id, exec)->wait()).value_or(-1);
    }
    std::string read_all(const std::string& id, const std::string& exec = "",
                         Process::Stream stream = Process::Stream::output) {
        std::string all;
        for (;;) {
            const auto some = await(process(id, exec)->read(stream, 4096));
            if (!some) ADD_FAILURE() << some.error().message;
            if (!some || some->empty()) return all;
            all += *some;
        }
    }

    struct Run {
        int code;
        std::string output;
        std::string error;
    };
    /// Creates and starts a container and lets it end.
    Run run(ContainerRequest request) {
        const auto id = request.id.str();
        if (const auto made = create(std::move(request)); !made) return {-1, "", made.error().message};
        if (const auto started = start(id); !started) return {-1, "", started.error().message};
        Run outcome{.output = read_all(id), .error = read_all(id, "", Process::Stream::error)};
        outcome.code = exit_code(id);
        return outcome;
    }
    Run run_shell(const std::string& script) { return run(request_of("c1", {"sh", "-c", script})); }

    asio::io_context io_;
    process::ChildReaper reaper_;
    TaskScope scope_;
    std::filesystem::path base_;
    std::unique_ptr<Sandbox> box_;
};

} // namespace redoubt::guest::sandbox
