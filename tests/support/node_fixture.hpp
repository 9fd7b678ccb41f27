// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A node on fake VMs with a real store, real files and a real (empty) image; a daemon that can be "killed"
/// and started anew.

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <memory>
#include <optional>

#include "common/base/file.hpp"
#include "common/crypto/digest.hpp"
#include "common/log/log.hpp"
#include "node-daemon/image/image_store.hpp"
#include "node-daemon/sandbox/node.hpp"
#include "node-daemon/sandbox/use_cases.hpp"
#include "node-daemon/storage/layer_store.hpp"
#include "node-daemon/storage/volume_store.hpp"
#include "tests/support/fake_guest.hpp"
#include "tests/support/fake_network.hpp"

namespace redoubt::node::testing_support {

using namespace std::chrono_literals;

class NodeTest : public testing::Test {
  protected:
    void SetUp() override {
        log::set_level(log::Level::error);
        directory_ =
            std::filesystem::path(testing::TempDir()) /
            (std::string("redoubt-node-") + testing::UnitTest::GetInstance()->current_test_info()->name());
        std::filesystem::remove_all(directory_);
        for (const auto* folder : {"state/images", "state/layers", "run"})
            std::filesystem::create_directories(directory_ / folder);
        start_daemon();
        add_image();
    }
    void TearDown() override {
        faults.hanging.clear();
        stop_daemon();
        std::filesystem::remove_all(directory_);
    }

    /// Everything a daemon process owns; VMs are not among it.
    struct Daemon {
        Daemon(asio::io_context& context, asio::thread_pool& workers, const std::filesystem::path& directory,
               FakeHypervisor& hypervisor, FakeNetwork& network, Faults& faults,
               std::chrono::milliseconds boot_timeout)
            : store(store::StateStore::open(directory / "state" / "state.db").value()),
              images(image::ImageStore::open(directory / "state" / "images").value()),
              layers(directory / "state" / "layers", workers),
              volumes(directory / "state" / "volumes", workers), node{.executor = context.get_executor(),
                                                                      .pool = workers,
                                                                      .settings = {},
                                                                      .store = *store,
                                                                      .hypervisor = hypervisor,
                                                                      .network = network,
                                                                      .connect_agent = {},
                                                                      .images = images,
                                                                      .layers = layers,
                                                                      .volumes = volumes} {
            node.connect_agent = [&hypervisor](std::filesystem::path socket, Duration deadline) {
                return hypervisor.connect(std::move(socket), deadline);
            };
            node.settings.state_directory = directory / "state";
            node.settings.runtime_directory = directory / "run";
            node.settings.boot_timeout = boot_timeout;
            store->watch_writes([&faults](store::WriteSide side, std::string write) {
                return faults.pass((side == store::WriteSide::before ? "before " : "after ") + write);
            });
        }

        std::unique_ptr<store::StateStore> store;
        image::ImageStore images;
        storage::LayerStore layers;
        storage::VolumeStore volumes;
        sandbox::Node node;
    };

    void start_daemon() {
        daemon_ =
            std::make_unique<Daemon>(context, workers, directory_, hypervisor, network, faults, boot_timeout);
    }
    /// Ends the daemon's coroutines without settling anything, as its death would; VMs stay.
    void stop_daemon() {
        if (!daemon_) return;
        auto leaving = [](sandbox::Node& on) -> Task<void> {
            co_await sandbox::leave(on);
            co_return Status{};
        };
        run(leaving(node())).value();
        daemon_.reset();
    }

    template <class T>
    Result<T> run(Task<T> task) {
        std::optional<Result<T>> out;
        asio::co_spawn(context, std::move(task), [&](const std::exception_ptr& error, Result<T> value) {
            if (error) std::rethrow_exception(error);
            out = std::move(value);
        });
        const auto deadline = Clock::now() + 60s;
        context.restart();
        while (!out && Clock::now() < deadline) context.run_one_for(1s);
        if (!out) {
            ADD_FAILURE() << "the task did not end";
            std::abort();
        }
        return std::move(*out);
    }
    /// Lets everything run until `condition` holds.
    template <class Condition>
    void run_until(Condition condition) {
        const auto deadline = Clock::now() + 60s;
        context.restart();
        while (!condition() && Clock::now() < deadline) context.run_one_for(10ms);
        ASSERT_TRUE(condition());
    }

    ContainerId create(sandbox::ContainerSpec spec = {}) {
        spec.image = "test";
        if (spec.command.empty()) spec.command = {"sh"};
        return run(sandbox::create_container(node(), spec)).value();
    }

    sandbox::Node& node() { return daemon_->node; }
    sandbox::Container& container(const ContainerId& id) { return *node().containers.at(id); }
    std::vector<store::LedgerEntry> ledger() { return run(daemon_->store->ledger()).value(); }
    std::vector<store::SandboxRecord> sandbox_rows() { return run(daemon_->store->sandboxes()).value(); }
    [[nodiscard]] bool has_vm_folders() const {
        return std::filesystem::exists(directory_ / "run" / "vm") &&
               !std::filesystem::is_empty(directory_ / "run" / "vm");
    }
    /// Nothing of any sandbox is left: no VM, folder, row or ledger entry but those of containers' log
    /// folders.
    void expect_no_sandbox_left() {
        EXPECT_EQ(hypervisor.alive(), 0);
        EXPECT_FALSE(has_vm_folders());
        EXPECT_TRUE(sandbox_rows().empty());
        EXPECT_TRUE(network.is_empty());
        for (const auto& entry : ledger())
            EXPECT_TRUE(entry.kind == "container-directory" || entry.kind == "volume") << entry.kind;
    }

    Faults faults;
    std::chrono::milliseconds boot_timeout{20000};
    asio::io_context context;
    asio::thread_pool workers{2};
    FakeHypervisor hypervisor{context.get_executor(), faults};
    FakeNetwork network{faults};
    std::filesystem::path directory_;

  private:
    /// An image of one empty layer, converted for real.
    void add_image() {
        const std::string tar(10240, '\0');
        const auto diff_id = crypto::digest_of(tar).value().str();
        ASSERT_TRUE(write_file(directory_ / "layer.tar", tar));
        const auto layer =
            run(daemon_->layers.convert({directory_ / "layer.tar", diff_id}, [](std::uint64_t) {}));
        ASSERT_TRUE(layer) << layer.error().message;
        image::FetchedImage image;
        image.name = "localhost/test:latest";
        image.platform = "linux/amd64";
        image.config_json =
            R"({"architecture":"amd64","os":"linux","config":{"Cmd":["sh"]},"rootfs":{"type":"layers","diff_ids":[")" +
            diff_id + R"("]}})";
        image.config_digest = crypto::digest_of(image.config_json).value().str();
        image.manifest_json =
            R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":")" +
            image.config_digest + R"(","size":)" + std::to_string(image.config_json.size()) +
            R"(},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":")" + diff_id +
            R"(","size":10240}]})";
        image.manifest_digest = crypto::digest_of(image.manifest_json).value().str();
        image.layers.push_back({diff_id, diff_id, tar.size(), {}});
        const auto added = daemon_->images.add(image, 1);
        ASSERT_TRUE(added) << added.error().message;
    }

    std::unique_ptr<Daemon> daemon_;
};

} // namespace redoubt::node::testing_support
