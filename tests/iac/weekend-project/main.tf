# Holdfast 0.1.0 #v=1&plan=free&data-loss=everything&survive=nothing&role=cache&repeat-writes=safe&mistake=any&encryption=speed-first&networks=0&dataset=0.02&throughput=50&instances=1&connections=3&name=weekend

# The keys of the API come from the environment: REDISCLOUD_ACCESS_KEY and REDISCLOUD_SECRET_KEY.
# The state holds the database's password: keep it where only you can read it.
terraform {
  required_version = ">= 1.3"

  required_providers {
    rediscloud = {
      source  = "RedisLabs/rediscloud"
      version = "~> 2.11"
    }
  }
}

provider "rediscloud" {}

# The size includes the replica. Exactly one plan may match, else the plan step ends with an error.
data "rediscloud_essentials_plan" "main" {
  size                     = 30
  size_measurement_unit    = "MB"
  cloud_provider           = "AWS"
  region                   = "us-east-1"
  availability             = "No replication"
  support_data_persistence = false
}

# One table says that Free can't be had by the API: where this is refused, create it in the console.
resource "rediscloud_essentials_subscription" "main" {
  name    = "weekend"
  plan_id = data.rediscloud_essentials_plan.main.id
}

resource "rediscloud_essentials_database" "main" {
  subscription_id  = rediscloud_essentials_subscription.main.id
  name             = "weekend"
  data_persistence = "none"
  data_eviction    = "allkeys-lru"
  replication      = false

  alert {
    name  = "datasets-size"
    value = 95
  }

  alert {
    name  = "connections-limit"
    value = 80
  }

  # Some arguments can't be changed in place: without this, a change of theirs would destroy the
  # data.
  lifecycle {
    prevent_destroy = true
  }
}

# Host and port for REDIS_HOST and REDIS_PORT.
output "endpoint" {
  value = rediscloud_essentials_database.main.public_endpoint
}

# For REDIS_PASSWORD: terraform output -raw password
output "password" {
  value     = rediscloud_essentials_database.main.password
  sensitive = true
}
